package org.zowarmup;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows between the rooms; docs/architecture.md draws them. */
@AnalyzeClasses(
    packages = "org.zowarmup",
    importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJar.class})
final class ArchitectureTest {
  /** The library's test classes are a jar beside its own where Maven builds both. */
  static final class NoTestJar implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("-tests.jar");
    }
  }

  @ArchTest
  static final ArchRule arrowsPointDown =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("cli")
          .definedBy("org.zowarmup.cli..")
          .layer("api")
          .definedBy("org.zowarmup.api..")
          .layer("sweep")
          .definedBy("org.zowarmup.sweep..")
          .layer("inspect")
          .definedBy("org.zowarmup.inspect..")
          .layer("export")
          .definedBy("org.zowarmup.export..")
          .layer("run")
          .definedBy("org.zowarmup.run..")
          .layer("setup")
          .definedBy("org.zowarmup.setup..")
          .layer("report")
          .definedBy("org.zowarmup.report..")
          .layer("record")
          .definedBy("org.zowarmup.record..")
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
                  .and(resideOutsideOfPackage("org.zowarmup.data.format.bytes")))
          .layer("config")
          .definedBy("org.zowarmup.config..")
          .layer("bytes")
          .definedBy("org.zowarmup.data.format.bytes")
          .layer("native")
          .definedBy("org.zowarmup.nativecpu..")
          .layer("mpi")
          .definedBy("org.zowarmup.nativempi..")
          .whereLayer("cli")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("api")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("sweep")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("inspect")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("export")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("run")
          .mayOnlyBeAccessedByLayers("sweep", "inspect", "api", "cli")
          .whereLayer("setup")
          .mayOnlyBeAccessedByLayers("run", "sweep", "inspect", "export", "api", "cli")
          .whereLayer("report")
          .mayOnlyBeAccessedByLayers("sweep", "cli")
          .whereLayer("record")
          .mayOnlyBeAccessedByLayers(
              "report", "setup", "run", "sweep", "inspect", "export", "api", "cli")
          .whereLayer("federated")
          .mayOnlyBeAccessedByLayers(
              "record", "report", "setup", "run", "sweep", "inspect", "api", "cli")
          .whereLayer("executor")
          .mayOnlyBeAccessedByLayers("federated", "record", "setup", "run", "inspect")
          .whereLayer("devices")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("device")
          .mayOnlyBeAccessedByLayers(
              "config",
              "devices",
              "executor",
              "federated",
              "record",
              "setup",
              "run",
              "inspect",
              "api",
              "cli")
          .whereLayer("nn")
          .mayOnlyBeAccessedByLayers(
              "device",
              "devices",
              "executor",
              "federated",
              "record",
              "setup",
              "run",
              "inspect",
              "export",
              "api")
          .whereLayer("data")
          .mayOnlyBeAccessedByLayers("record", "setup", "run", "inspect", "export", "api", "cli")
          .whereLayer("config")
          .mayOnlyBeAccessedByLayers(
              "federated",
              "record",
              "report",
              "setup",
              "run",
              "sweep",
              "inspect",
              "export",
              "api",
              "cli")
          .whereLayer("bytes")
          .mayOnlyBeAccessedByLayers("data", "record", "setup")
          .whereLayer("native")
          .mayOnlyBeAccessedByLayers("devices", "bytes")
          .whereLayer("mpi")
          .mayOnlyBeAccessedByLayers("executor");

  @ArchTest
  static final ArchRule onlyRanksTouchMpi =
      noClasses()
          .that()
          .resideOutsideOfPackages("org.zowarmup.executor.ranks..", "org.zowarmup.nativempi..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.zowarmup.nativempi..");

  @ArchTest
  static final ArchRule formatsKnowNoDataSet =
      noClasses()
          .that()
          .resideInAPackage("org.zowarmup.data.format..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.zowarmup.data",
              "org.zowarmup.data.image..",
              "org.zowarmup.data.batches..",
              "org.zowarmup.data.cache..",
              "org.zowarmup.data.partition..");

  @ArchTest
  static final ArchRule algorithmsKnowNoMethod =
      noClasses()
          .that()
          .resideInAnyPackage(
              "org.zowarmup.federated",
              "org.zowarmup.federated.algorithm..",
              "org.zowarmup.federated.privacy..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.zowarmup.federated.methods..");

  @ArchTest
  static final ArchRule oneDeviceDoesNotKnowAnother =
      noClasses()
          .that()
          .resideInAPackage("org.zowarmup.device.cpu..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.zowarmup.device.reference..");

  @ArchTest
  static final ArchRule theCudaDeviceHasAWayDown =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("device")
          .definedBy("org.zowarmup.device.cuda")
          .layer("program")
          .definedBy("org.zowarmup.device.cuda.program")
          .layer("kernel")
          .definedBy("org.zowarmup.device.cuda.kernel")
          .layer("driver")
          .definedBy("org.zowarmup.device.cuda.driver")
          .whereLayer("device")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("program")
          .mayOnlyBeAccessedByLayers("device")
          .whereLayer("kernel")
          .mayOnlyBeAccessedByLayers("device", "program");

  @ArchTest
  static final ArchRule leavesDependOnNothingOfOurs =
      noClasses()
          .that()
          .resideInAnyPackage(
              "org.zowarmup.random..", "org.zowarmup.error..", "org.zowarmup.plugin..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.zowarmup.cli..",
              "org.zowarmup.sweep..",
              "org.zowarmup.inspect..",
              "org.zowarmup.export..",
              "org.zowarmup.run..",
              "org.zowarmup.setup..",
              "org.zowarmup.report..",
              "org.zowarmup.record..",
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
