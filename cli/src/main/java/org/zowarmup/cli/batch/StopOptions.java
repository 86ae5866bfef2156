package org.zowarmup.cli.batch;

import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.zowarmup.config.CheckpointConfig.Signal;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Stops a run before its end: on signals that its config names, and by a clock. */
public final class StopOptions {
  private static final Pattern UNITS =
      Pattern.compile("(?:(\\d{1,5})d)?(?:(\\d{1,9})h)?(?:(\\d{1,9})m)?(?:(\\d{1,9})s)?");

  /** Slurm's forms: minutes:seconds, hours:minutes:seconds, days-hours:minutes[:seconds]. */
  private static final Pattern CLOCK =
      Pattern.compile("(?:(\\d{1,5})-)?(\\d{1,9}):(\\d{1,2})(?::(\\d{1,2}))?");

  private static final Duration LONGEST = Duration.ofDays(36_500);

  @Option(
      names = "--max-time",
      paramLabel = "TIME",
      converter = Time.class,
      description = {
        "Save and stop after this time, for example 90m or 3h30m;",
        "exit code 75 where something is left to do."
      })
  private Duration maxTime;

  private final long start = System.nanoTime();

  /**
   * Asks both; by a clock that never jumps.
   *
   * @param listen makes what knows whether one of the signals has come
   */
  public BooleanSupplier watch(
      List<Signal> signals, Function<List<Signal>, BooleanSupplier> listen) {
    BooleanSupplier signalled = listen.apply(signals);
    return maxTime == null
        ? signalled
        : () -> signalled.getAsBoolean() || System.nanoTime() - start >= maxTime.toNanos();
  }

  /** Times as people and as batch systems write them. */
  public static final class Time implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      Matcher units = UNITS.matcher(text);
      if (!text.isEmpty() && units.matches()) {
        return sum(units, 1, 2, 3, 4);
      }
      Matcher clock = CLOCK.matcher(text);
      if (clock.matches()) {
        boolean minutesFirst = clock.group(1) == null && clock.group(4) == null;
        return minutesFirst ? sum(clock, 0, 0, 2, 3) : sum(clock, 1, 2, 3, 4);
      }
      throw new TypeConversionException(
          "expected a time such as 90m, 3h30m, 2:00:00 or 1-12:00:00, found '" + text + "'");
    }

    private static Duration sum(Matcher m, int days, int hours, int minutes, int seconds) {
      Duration sum =
          Duration.ofDays(number(m, days))
              .plusHours(number(m, hours))
              .plusMinutes(number(m, minutes))
              .plusSeconds(number(m, seconds));
      if (sum.compareTo(LONGEST) > 0) {
        throw new TypeConversionException(
            "expected at most %d days, found '%s'".formatted(LONGEST.toDays(), m.group()));
      }
      return sum;
    }

    private static long number(Matcher matcher, int group) {
      return group == 0 || matcher.group(group) == null ? 0 : Long.parseLong(matcher.group(group));
    }
  }
}
