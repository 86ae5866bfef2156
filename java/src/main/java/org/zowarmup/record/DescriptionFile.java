package org.zowarmup.record;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes description.json: what the lines at the start of a run say, for the report. */
public final class DescriptionFile {
  private DescriptionFile() {}

  public static void write(Path file, RunDescription run) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", run.name());
    tree.put("device", run.device());
    tree.put("deviceDescription", run.deviceDescription());
    tree.put("threads", run.threads());
    tree.put("model", run.model());
    tree.put("parameters", run.parameters());
    tree.put("inputShape", run.inputShape());
    tree.put("clients", run.clients());
    tree.put("highClients", run.highClients());
    tree.put("lowClients", run.lowClients());
    tree.put("dataSource", run.dataSource());
    tree.put("trainImages", run.trainImages());
    tree.put("testImages", run.testImages());
    tree.put("classes", run.classes());
    tree.put("methods", run.methods());
    tree.put("seeds", run.seeds());
    tree.put("warmupRounds", run.warmupRounds());
    tree.put("zoRounds", run.zoRounds());
    tree.put("zoLr", run.zoLr());
    tree.put("probeBytes", run.probeBytes());
    tree.put("trainBytes", run.trainBytes());
    tree.put("subTrainBytes", run.subTrainBytes());
    AtomicFile.writeText(file, SummaryFile.json(tree));
  }
}
