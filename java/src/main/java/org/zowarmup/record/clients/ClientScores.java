package org.zowarmup.record.clients;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.error.BadDataException;
import org.zowarmup.error.UserErrorException;
import org.zowarmup.federated.Client;
import org.zowarmup.record.file.AtomicFile;

/**
 * How well the weights of one method under one seed do on the images that single clients hold back,
 * after some of its rounds: a line a round and client of {@code clients-METHOD-seedN.csv}.
 */
public record ClientScores(List<Score> scores) {
  private static final Logger LOG = LoggerFactory.getLogger(ClientScores.class);
  private static final String HEAD = "round,client,class,train,heldOut,correct,accuracy";

  /**
   * One client after one round.
   *
   * @param train training images that it has
   * @param heldOut images that it holds back, at least one
   * @param correct of them that are recognized
   */
  public record Score(
      int round, int client, Client.Type type, int train, int heldOut, int correct) {
    public Score {
      if (heldOut < 1 || correct < 0 || correct > heldOut) {
        throw new IllegalArgumentException(correct + " correct of " + heldOut + " held out");
      }
    }

    public double accuracy() {
      return (double) correct / heldOut;
    }

    private String line() {
      return round
          + ","
          + client
          + ","
          + type.word()
          + ","
          + train
          + ","
          + heldOut
          + ","
          + correct
          + ","
          + accuracy();
    }

    private static Score parse(String line) {
      String[] cells = line.split(",", -1);
      Score score =
          new Score(
              Integer.parseInt(cells[0]),
              Integer.parseInt(cells[1]),
              Client.Type.of(cells[2]),
              Integer.parseInt(cells[3]),
              Integer.parseInt(cells[4]),
              Integer.parseInt(cells[5]));
      if (cells.length != 7 || Double.parseDouble(cells[6]) != score.accuracy()) {
        throw new IllegalArgumentException(line);
      }
      return score;
    }
  }

  public ClientScores {
    scores = List.copyOf(scores);
  }

  /** Those of a file; none where it is missing. */
  public static ClientScores read(Path file) {
    if (!Files.exists(file)) {
      return new ClientScores(List.of());
    }
    try {
      List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
      if (!lines.isEmpty() && !lines.get(0).equals(HEAD)) {
        throw new IllegalArgumentException(lines.get(0));
      }
      List<Score> scores = lines.stream().skip(1).map(Score::parse).toList();
      Set<List<Integer>> seen = new HashSet<>();
      for (Score score : scores) {
        if (!seen.add(List.of(score.round(), score.client()))) {
          throw new IllegalArgumentException(
              "client %d twice in round %d".formatted(score.client(), score.round()));
        }
      }
      return new ClientScores(scores);
    } catch (CharacterCodingException e) {
      throw new BadDataException(file, "", "lines of " + HEAD, "bytes that are not UTF-8");
    } catch (IOException e) {
      throw new UserErrorException("cannot read " + file + ": " + e.getMessage(), e);
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new BadDataException(file, "", "lines of " + HEAD, String.valueOf(e.getMessage()));
    }
  }

  /** Adds those of one round to a file, in place of what it has of that round. */
  public static void write(Path file, List<Score> ofRound) {
    int round = ofRound.get(0).round();
    List<Score> all = new ArrayList<>(readOrWarn(file).scores);
    all.removeIf(score -> score.round() == round);
    all.addAll(ofRound);
    all.sort((a, b) -> Integer.compare(a.round(), b.round())); // stable: clients keep their order
    StringBuilder text = new StringBuilder(HEAD).append('\n');
    all.forEach(score -> text.append(score.line()).append('\n'));
    AtomicFile.writeText(file, text.toString());
  }

  /** The same, none of a file that is damaged: for a run, which goes by other files. */
  public static ClientScores readOrWarn(Path file) {
    try {
      return read(file);
    } catch (BadDataException e) {
      LOG.warn("{}; it is left out", e.getMessage());
      return new ClientScores(List.of());
    }
  }

  /** The rounds that were measured, ascending. */
  public List<Integer> rounds() {
    return scores.stream().map(Score::round).distinct().sorted().toList();
  }

  /** Those of one round. */
  public ClientScores of(int round) {
    return those(score -> score.round() == round);
  }

  /** Those of the clients of one class. */
  public ClientScores of(Client.Type type) {
    return those(score -> score.type() == type);
  }

  private ClientScores those(Predicate<Score> wanted) {
    return new ClientScores(scores.stream().filter(wanted).toList());
  }

  /** Accuracies, ascending. */
  public List<Double> sorted() {
    return scores.stream().map(Score::accuracy).sorted().toList();
  }

  /** Every client counts alike, whatever it holds; NaN for none. */
  public double mean() {
    return mean(scores.stream().map(Score::accuracy));
  }

  /** Of the tenth of the clients that does worst, at least one; NaN for none. */
  public double worstTenth() {
    List<Double> sorted = sorted();
    return mean(sorted.stream().limit(Math.max(1, Math.round(sorted.size() / 10.0))));
  }

  /** Deviation over all clients, divided by their number; NaN for none. */
  public double deviation() {
    double mean = mean();
    return Math.sqrt(mean(scores.stream().map(s -> (s.accuracy() - mean) * (s.accuracy() - mean))));
  }

  /**
   * Jain's index, the squared sum over n times the sum of squares (Jain, Chiu, Hawe 1984): 1 where
   * all clients are served alike, 1 / n where one has everything.
   */
  public double fairness() {
    double sum = scores.stream().mapToDouble(Score::accuracy).sum();
    double squares = scores.stream().mapToDouble(s -> s.accuracy() * s.accuracy()).sum();
    return squares == 0 ? Double.NaN : sum * sum / scores.size() / squares;
  }

  private static double mean(Stream<Double> values) {
    return values.mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
  }
}
