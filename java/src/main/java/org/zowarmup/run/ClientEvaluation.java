package org.zowarmup.run;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.zowarmup.config.RunConfig;
import org.zowarmup.device.Vector;
import org.zowarmup.federated.Client;
import org.zowarmup.federated.FederatedContext;
import org.zowarmup.record.clients.ClientScores;

/** Scores weights on the images that each client holds back, or each of some that are drawn. */
final class ClientEvaluation {
  private final FederatedContext context;
  private final int[] trainLabels;
  private final List<Client> clients = new ArrayList<>();
  private final int[] samples;

  /**
   * @param trainLabels true classes of the training images, which the clients' indices mean
   */
  ClientEvaluation(RunConfig config, FederatedContext context, int[] trainLabels) {
    this.context = context;
    this.trainLabels = trainLabels;
    int[] able =
        context.federation().clients().stream()
            .filter(client -> client.validation().length > 0)
            .mapToInt(Client::id)
            .toArray();
    int most = config.evaluate().clients();
    int[] drawn =
        most == 0
            ? new int[0]
            : EvaluationSubset.draw(able, most, context.runSeed(), EvaluationSubset.CLIENTS);
    for (int id : drawn) {
      clients.add(context.federation().clients().get(id));
    }
    samples = clients.stream().flatMapToInt(c -> IntStream.of(c.validation())).toArray();
  }

  /** One score a client, in the order of their numbers; none where no client holds images back. */
  List<ClientScores.Score> scores(int round, Vector weights) {
    List<ClientScores.Score> scores = new ArrayList<>();
    if (samples.length == 0) {
      return scores;
    }
    int[] predicted = context.executor().predict(weights, context.images(), samples);
    int at = 0;
    for (Client client : clients) {
      int correct = 0;
      for (int i : client.validation()) {
        correct += predicted[at++] == trainLabels[i] ? 1 : 0;
      }
      scores.add(
          new ClientScores.Score(
              round,
              client.id(),
              client.type(),
              client.train().length,
              client.validation().length,
              correct));
    }
    return scores;
  }
}
