package org.zowarmup;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows between the rooms; docs/architecture.md draws them. */
@AnalyzeClasses(packages = "org.zowarmup", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
  @ArchTest
  static final ArchRule arrowsPointDown =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("cli")
          .definedBy("org.zowarmup.cli..")
          .layer("experiment")
          .definedBy("org.zowarmup.experiment..")
          .layer("federated")
          .definedBy("org.zowarmup.federated..")
          .layer("executor")
          .definedBy("org.zowarmup.executor..")
          .layer("devices")
          .definedBy(
              "org.zowarmup.device.host..",
              "org.zowarmup.device.reference..",
              "org.zowarmup.device.cpu..",
              "org.zowarmup.device.cuda..")
          .layer("device")
          .definedBy("org.zowarmup.device")
          .layer("nn")
          .definedBy("org.zowarmup.nn..")
          .layer("data")
          .definedBy(
              resideInAPackage("org.zowarmup.data..")
                  .and(resideOutsideOfPackage("org.zowarmup.data.memory")))
          .layer("config")
          .definedBy("org.zowarmup.config..")
          .layer("memory")
          .definedBy("org.zowarmup.data.memory")
          .layer("native")
          .definedBy("org.zowarmup.nativecpu..")
          .whereLayer("cli")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("experiment")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("federated")
          .mayOnlyBeAccessedByLayers("experiment", "cli")
          .whereLayer("executor")
          .mayOnlyBeAccessedByLayers("federated", "experiment")
          .whereLayer("devices")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("device")
          .mayOnlyBeAccessedByLayers("devices", "executor", "federated", "experiment", "cli")
          .whereLayer("nn")
          .mayOnlyBeAccessedByLayers("device", "devices", "executor", "federated", "experiment")
          .whereLayer("data")
          .mayOnlyBeAccessedByLayers("experiment")
          .whereLayer("config")
          .mayOnlyBeAccessedByLayers("federated", "experiment", "cli")
          .whereLayer("memory")
          .mayOnlyBeAccessedByLayers("data")
          .whereLayer("native")
          .mayOnlyBeAccessedByLayers("devices", "memory");

  @ArchTest
  static final ArchRule oneDeviceDoesNotKnowAnother =
      noClasses()
          .that()
          .resideInAPackage("org.zowarmup.device.cpu..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.zowarmup.device.reference..");

  @ArchTest
  static final ArchRule leavesDependOnNothingOfOurs =
      noClasses()
          .that()
          .resideInAnyPackage("org.zowarmup.random..", "org.zowarmup.error..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.zowarmup.cli..",
              "org.zowarmup.experiment..",
              "org.zowarmup.federated..",
              "org.zowarmup.executor..",
              "org.zowarmup.device..",
              "org.zowarmup.nn..",
              "org.zowarmup.data..",
              "org.zowarmup.config..");

  @ArchTest
  static final ArchRule onlyDevicesTouchTheirLibraries =
      noClasses()
          .that()
          .resideOutsideOfPackages("org.zowarmup.device.cpu..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.bytedeco.dnnl..");

  @ArchTest
  static final ArchRule onlyTheCudaDeviceTouchesCuda =
      noClasses()
          .that()
          .resideOutsideOfPackages("org.zowarmup.device.cuda..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.bytedeco.cuda..");

  @ArchTest
  static final ArchRule onlyMainEndsTheProcess =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.zowarmup.cli..")
          .should()
          .callMethod(System.class, "exit", int.class);
}
