package org.zowarmup.run;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.zowarmup.config.ConfigDifference;
import org.zowarmup.config.RunConfig;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.federated.Method;
import org.zowarmup.record.Extension;
import org.zowarmup.record.RoundMetrics;
import org.zowarmup.setup.OwnParts;

/**
 * A run that gets more rounds than it was started with. Rounds that are done keep what they were
 * run under; where a longer run would have run them under other values, it is another run.
 */
record LongerRun(RunConfig before, RunConfig after, String where) {
  /**
   * Says what becomes of each method and seed that has rounds.
   *
   * @param contexts one a seed
   * @param parts that methods are among
   * @param otherSchedule whether rounds may follow a schedule that those before them did not
   * @throws UserErrorException where a method has left the phase that became longer, or a schedule
   *     spans the rounds that are done
   */
  Set<Extension> extensions(
      List<PastMethod> past,
      List<FederatedContext> contexts,
      OwnParts parts,
      boolean otherSchedule) {
    Set<Extension> all = new LinkedHashSet<>();
    for (PastMethod one : past) {
      FederatedContext context =
          contexts.stream().filter(c -> c.runSeed() == one.seed()).findFirst().orElseThrow();
      Method method = parts.method(one.method());
      List<Method.Phase> then = method.phases(context, before.warmup(), before.zo());
      List<Method.Phase> now = method.phases(context, after.warmup(), after.zo());
      List<Integer> done = done(one.kept(), then);
      for (int p = 0; p < done.size(); p++) {
        if (then.get(p).rounds() == now.get(p).rounds()) {
          continue;
        }
        Extension extension = extension(one, then.get(p), now.get(p));
        if (p < done.size() - 1) {
          throw refused(
              extension, "has left its phase " + extension.phase(), "only zo.rounds may grow now");
        }
        if (!extension.schedules().isEmpty() && !otherSchedule) {
          throw refused(
              extension,
              "has done rounds under %s over %d rounds, not %d"
                  .formatted(
                      String.join(" and ", extension.schedules()),
                      extension.roundsBefore(),
                      extension.rounds()),
              "start a run of that length, or give --other-schedule for that of %d rounds from here on"
                  .formatted(extension.rounds()));
        }
        all.add(extension);
      }
    }
    return all;
  }

  private static Extension extension(PastMethod past, Method.Phase then, Method.Phase now) {
    return new Extension(
        past.method(),
        past.seed(),
        past.kept().size(),
        now.algorithm().phase(),
        then.rounds(),
        now.rounds(),
        now.algorithm().schedules());
  }

  /** Rounds done in each phase, up to the last that has some. */
  private static List<Integer> done(List<RoundMetrics> rows, List<Method.Phase> phases) {
    List<Integer> done = new ArrayList<>();
    for (RoundMetrics row : rows) {
      int last = done.size() - 1;
      boolean over =
          last < 0
              || !row.phase().equals(phases.get(last).algorithm().phase())
              || done.get(last) == phases.get(last).rounds();
      if (over && done.size() < phases.size()) {
        done.add(1);
      } else {
        done.set(last, done.get(last) + 1);
      }
    }
    return done;
  }

  private UserErrorException refused(Extension extension, String why, String advice) {
    List<String> changes =
        ConfigDifference.between(before, after).stream()
            .filter(change -> change.path().endsWith(".rounds"))
            .map(ConfigDifference::change)
            .toList();
    return new UserErrorException(
        "%s: %s, but %s seed %d %s: %s"
            .formatted(
                where,
                String.join(", ", changes),
                extension.method(),
                extension.seed(),
                why,
                advice));
  }
}
