package org.zowarmup.config;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.HashSet;
import java.util.List;
import java.util.regex.Pattern;
import org.zowarmup.device.Precision;
import org.zowarmup.error.Require;
import org.zowarmup.plugin.Default;
import org.zowarmup.plugin.Key;
import org.zowarmup.plugin.Range;

/**
 * Everything a run is a function of. What a key means, its default and its range are said once, on
 * the component that it is; {@code defaults.yaml} beside this class is made from that.
 */
public record RunConfig(
    @Default("quickstart")
        @Key(
            "name of the run and of its folder runs/NAME/TIME; letters, digits, dot, dash and"
                + " underscore")
        String name,
    @Default("1")
        @Key(
            "run seed, from which every random stream is named; any whole number of 64 bits; repeat"
                + " r has seed + r")
        long seed,
    @Default("1")
        @Key("runs with seed, seed+1, ...; mean and spread are reported")
        @Range(min = 1, max = 1000)
        int repeats,
    @Default("auto")
        @Key(
            "auto | cpu | cuda:0, cuda:1, ... | cuda, of several ranks one GPU each | cuda:all or"
                + " cuda:0,1, several GPUs of this process | reference; `zowarmup devices` lists"
                + " them")
        String device,
    @Default("null")
        @Key("CPU threads, {}; null: all cores that cgroups or SLURM_CPUS_PER_TASK allow")
        @Range(min = 1, max = 4096)
        Integer threads,
    @Default("null")
        @Key(
            "run folder, which must not exist yet; null: runs/NAME/TIME below the working"
                + " directory")
        String output,
    Data data,
    ClientsConfig clients,
    @Default("cnn")
        @KindSection.Kinds(
            "cnn | cnn-pfl | resnet18 | vit | vit-tiny; its other keys belong to the kind:"
                + " docs/models.md lists them")
        KindSection model,
    @Default("cross-entropy")
        @Key("what training makes small, over a sample's logits")
        @KindSection.Kinds(
            "cross-entropy (of the softmax), or a kind from a jar of your own, on the CPU only:"
                + " docs/extending.md")
        KindSection loss,
    @Key("phase 1: FedAvg on the high-resource clients") WarmupConfig warmup,
    @Key("phase 2: zeroth-order training on all clients") ZoConfig zo,
    @Key(
            "method heterofl: low-resource clients train a sub-network by back-propagation, under"
                + " the keys of warmup")
        HeteroFl heterofl,
    @Key("what goes wrong with the clients of a round, in both phases") FaultsConfig faults,
    @Key("differential privacy of a client, by clipping and Gaussian noise") PrivacyConfig privacy,
    @Default("[zowarmup, high-res-only]")
        @Key(
            "trained one after the other under the same budget of rounds, differences are to the"
                + " first; and zowarmup-auto | zowarmup-mixed | fedavg-all | heterofl | fedavgm |"
                + " fedadam | fedyogi | fedprox | zo-only | fedkseed | decomfl | fedzo |"
                + " mezo-local; docs/methods.md says what each does")
        List<String> methods,
    Evaluate evaluate,
    @Key("so that a run that is killed can be resumed; `zowarmup resume RUN`")
        CheckpointConfig checkpoint,
    @Default("{}")
        @Key(
            "keys of methods and data sources from jars of your own, by name:"
                + " docs/extending.md")
        @JsonInclude(JsonInclude.Include.NON_EMPTY)
        OwnKeys own) {
  /** The kind of loss that configs have which are older than its key. */
  public static final String CROSS_ENTROPY = "cross-entropy";

  private static final long MAX_PROBES = 100_000_000;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  public RunConfig {
    own = own == null ? OwnKeys.NONE : own; // stored configs have it only where it says something
    // The name becomes a folder, so it is one plain path segment.
    Require.that(
        NAME.matcher(name).matches(),
        "name",
        "expected 1 to 100 letters, digits, dots, dashes or underscores, starting with a letter or"
            + " digit; found "
            + ConfigTree.show(name));
    Require.that(
        !device.isBlank(), "device", "expected a device such as auto, cpu or reference; found ''");
    Require.that(
        output == null || !output.isBlank(), "output", "expected a folder or null; found ''");
    methods = List.copyOf(methods);
    Require.that(
        !methods.isEmpty(),
        "methods",
        "expected at least one method, such as [zowarmup]; found []");
    Require.that(
        new HashSet<>(methods).size() == methods.size(),
        "methods",
        "expected every method once; found " + String.join(", ", methods));
    checkAcross(clients, warmup, zo);
    Require.that(
        evaluate.patience() == null || data.validation() > 0,
        "evaluate.patience",
        "expected data.validation above 0, whose images it looks at; found "
            + data.validation()
            + "; hold some back, or leave evaluate.patience out");
    requireMean("warmup", privacy.ofChanges(), warmup.server());
    requireMean("zo", privacy.ofScalars(), zo.server());
  }

  /** Noise is measured against what one client can do to a mean. */
  private static void requireMean(String section, boolean isPrivate, ServerConfig server) {
    Require.that(
        !isPrivate || server.aggregate() == ServerConfig.Aggregate.MEAN,
        section + ".server.aggregate",
        "expected mean, because privacy is on; found " + server.aggregate());
  }

  /** The conditions that tie two sections together. */
  private static void checkAcross(ClientsConfig clients, WarmupConfig warmup, ZoConfig zo) {
    int high = clients.mostHigh();
    Require.that(
        warmup.cohort() <= high,
        "warmup.cohort",
        "expected at most the number of high-resource clients, %d (clients.count %d, clients.high %s); found %d"
            .formatted(high, clients.count(), clients.high().json(), warmup.cohort()));
    Require.that(
        zo.cohort() <= clients.count(),
        "zo.cohort",
        "expected at most clients.count, %d; found %d".formatted(clients.count(), zo.cohort()));
    long probes = (long) zo.cohort() * zo.seeds() * zo.localSteps();
    Require.that(
        probes <= MAX_PROBES,
        "zo.seeds",
        "expected at most %d probes a round (zo.cohort times zo.seeds times zo.localSteps), found %d"
            .formatted(MAX_PROBES, probes));
    Require.that(
        warmup.rounds() + zo.rounds() >= 1,
        "warmup.rounds",
        "expected warmup.rounds + zo.rounds of at least 1; found 0 and 0");
  }

  /** When and how the model is evaluated. */
  public record Evaluate(
      @Default("5")
          @Key(
              "rounds between two evaluations on the test set; {}; pivot and last round are always"
                  + " evaluated")
          @Range(min = 1, max = 1_000_000)
          int everyRounds,
      @Default("256") @Key("images of an evaluation step") @Range(min = 1, max = 65_536) int batch,
      @Default("fp32")
          @Key("{} (the last two on a GPU only; masters, norms, classifier and loss stay fp32)")
          Precision precision,
      @Default("null")
          @Key(
              "at most so many test images, and so many validation images, drawn once a seed; {};"
                  + " null: all")
          @Range(min = 1, max = Integer.MAX_VALUE)
          Integer maxImages,
      @Default("true")
          @Key(
              "measure the zeroth-order estimator at the pivot (cosine to the true gradient,"
                  + " variance, noise floor) for the report")
          boolean diagnostics,
      @Default("1000")
          @Key(
              "at most so many clients, drawn once a seed, whose accuracy on their own held-out"
                  + " images is measured at the pivot and the end; {}; 0: none")
          @Range(min = 0, max = 1_000_000)
          int clients,
      @Default("null")
          @Key(
              "rounds between two measurements of the clients, beside pivot and end; {}; null:"
                  + " none")
          @Range(min = 1, max = 1_000_000)
          Integer clientsEveryRounds,
      @Default("false")
          @Key(
              "keep the weights that do best on the clients' validation images, beside the final"
                  + " ones; `zowarmup evaluate RUN --best`")
          boolean best,
      @Default("null")
          @Key(
              "evaluations in a row without a better accuracy on the clients' validation images,"
                  + " after which a method ends; counted from the pivot, where there are no"
                  + " zeroth-order rounds from the start; {}; null: it never ends early")
          @Range(min = 1, max = 1_000_000)
          @JsonInclude(JsonInclude.Include.NON_NULL)
          Integer patience) {}

  /**
   * The sub-network that low-resource clients train under method heterofl (Diao, Ding and Tarokh
   * 2021, arXiv 2010.01264).
   */
  public record HeteroFl(
      @Default("0.5")
          @Key(
              "part of the channels of every hidden layer that it has; {}; it must make them whole"
                  + " numbers")
          @Range(above = 0, max = 1)
          double width,
      @Default("true")
          @Key(
              "divide what its hidden layers put out by the width while it is trained; needs a"
                  + " group norm after each of them")
          boolean scaler) {}

  /** The source of the images and their way to the clients. */
  public record Data(
      @Default("auto")
          @Key(
              "auto (by the content of data.path) | fashion-mnist-mini (embedded) | cifar10 |"
                  + " cifar100 | imagenet32 | idx | image-folder | numpy | leaf | converted; with"
                  + " the module formats parquet | tff")
          String source,
      @Default("null") @Key("folder or file of the data set; null where the source needs none")
          String path,
      @Default("null")
          @Key(
              "folder that keeps a converted copy of the data set, which the next run maps at once;"
                  + " null: none")
          String cache,
      @Default("dirichlet")
          @Key("how the training images go to the clients")
          @KindSection.Kinds(
              "dirichlet (alpha, sizes: equal | free, minSize) | shards (perClient) | iid |"
                  + " power-law (exponent, minSize) | file (path) | natural (minSize)")
          KindSection partition,
      @Default("0.1")
          @Key("part of every client's images that is held out for tuning")
          @Range(min = 0, max = 0.5)
          double validation,
      @Default("null")
          @Key("pixels a side that image files of any size are resized to; {}; null: refuse others")
          @Range(min = 1, max = 1024)
          @JsonInclude(JsonInclude.Include.NON_NULL)
          Integer size,
      @Default("null")
          @Key(
              "black | white: what lies behind transparent pixels of image files; null: refuse"
                  + " them")
          @JsonInclude(JsonInclude.Include.NON_NULL)
          String background,
      @Default("null")
          @Key(
              "part of the images that becomes the test set of a data set without one, the same"
                  + " under every seed; {}; null: refuse such a data set")
          @Range(above = 0, max = 0.9)
          @JsonInclude(JsonInclude.Include.NON_NULL)
          Double testPart,
      @Default("null")
          @Key(
              "whether idx files store images column by column, as EMNIST does; null: by the names"
                  + " of the files")
          @JsonInclude(JsonInclude.Include.NON_NULL)
          Boolean transposed,
      @Default("null")
          @Key(
              "what images are normalized by: own (statistics of the training images) | weights"
                  + " (what the weights of model.init or of evaluate were trained with) | unit (0"
                  + " to 1) | half | imagenet | cifar10 | cifar100 | mnist | fashion-mnist | clip |"
                  + " {mean: [..], std: [..]}; null: own, and in evaluate weights where they say")
          @JsonInclude(JsonInclude.Include.NON_NULL)
          Normalize normalize) {
    public Data {
      Require.that(
          !source.isBlank(), "source", "expected the name of a format, such as auto; found ''");
      Require.that(path == null || !path.isBlank(), "path", "expected a folder or null; found ''");
      Require.that(
          cache == null || !cache.isBlank(), "cache", "expected a folder or null; found ''");
      Require.that(
          background == null || background.equals("black") || background.equals("white"),
          "background",
          "expected black, white or null; found " + ConfigTree.show(String.valueOf(background)));
    }
  }
}
