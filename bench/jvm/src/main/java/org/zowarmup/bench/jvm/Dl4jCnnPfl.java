package org.zowarmup.bench.jvm;

import java.util.HashMap;
import java.util.Map;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.zowarmup.bench.peers.Batches;
import org.zowarmup.bench.peers.Side;
import org.zowarmup.nn.Shape;
import org.zowarmup.record.weights.Safetensors.Tensor;

/** Our {@code cnn-pfl} as a DL4J network; the other networks have group norms, which DL4J lacks. */
final class Dl4jCnnPfl {
  /** DL4J's parameters by our name of the layer. */
  private static final Map<String, String> LAYERS =
      Map.of("conv1", "0", "conv2", "1", "hidden", "3", "fc", "4");

  private static final int FILTERS = 32;
  private static final int HIDDEN = 128;
  private static final int POOLED = 14; // rows and columns after the pooling of 28

  private final Start start;
  private final boolean channelsLast;
  private final MultiLayerNetwork network;
  private final DataSet batch;

  /**
   * @param channelsLast whether images are [N, H, W, C], which ND4J's oneDNN prefers
   */
  Dl4jCnnPfl(Start start, boolean channelsLast) {
    this.start = start;
    this.channelsLast = channelsLast;
    Shape in = start.graph().input();
    CNN2DFormat format = channelsLast ? CNN2DFormat.NHWC : CNN2DFormat.NCHW;
    network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .updater(new Sgd(Batches.LR))
                .l2(Batches.WEIGHT_DECAY)
                .l2Bias(Batches.WEIGHT_DECAY)
                .list()
                .layer(convolution(FILTERS, format))
                .layer(convolution(2 * FILTERS, format))
                .layer(
                    new SubsamplingLayer.Builder(SubsamplingLayer.PoolingType.MAX)
                        .kernelSize(2, 2)
                        .stride(2, 2)
                        .dataFormat(format)
                        .build())
                .layer(new DenseLayer.Builder().nOut(HIDDEN).activation(Activation.RELU).build())
                .layer(
                    new OutputLayer.Builder(LossFunction.MCXENT)
                        .nOut(start.graph().classes())
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(
                    InputType.convolutional(in.height(), in.width(), in.channels(), format))
                .build());
    network.init();
    start.weights().forEach(this::set);
    INDArray labels = Nd4j.zeros(start.batch(), start.graph().classes());
    for (int n = 0; n < start.batch(); n++) {
      labels.putScalar(n, start.labels()[n], 1);
    }
    INDArray images =
        channelsLast
            ? Nd4j.createFromArray(start.pixels())
                .reshape(start.batch(), in.height(), in.width(), in.channels())
            : Nd4j.createFromArray(start.channelsFirst())
                .reshape(start.batch(), in.channels(), in.height(), in.width());
    batch = new DataSet(images, labels);
  }

  private static ConvolutionLayer convolution(int filters, CNN2DFormat format) {
    return new ConvolutionLayer.Builder(3, 3)
        .nOut(filters)
        .stride(1, 1)
        .dataFormat(format)
        .activation(Activation.RELU)
        .build();
  }

  private static String parameter(String name) {
    int dot = name.indexOf('.');
    return LAYERS.get(name.substring(0, dot)) + (name.endsWith(".weight") ? "_W" : "_b");
  }

  private void set(String name, Tensor tensor) {
    INDArray values = Nd4j.createFromArray(tensor.values());
    long[] shape = java.util.Arrays.stream(tensor.shape()).asLongStream().toArray();
    INDArray to = network.getParam(parameter(name));
    if (name.equals("hidden.weight")) {
      INDArray image = values.reshape(HIDDEN, 2 * FILTERS, POOLED, POOLED);
      values = image.permute(channelsLast ? new int[] {2, 3, 1, 0} : new int[] {1, 2, 3, 0});
    } else if (shape.length == 2) {
      values = values.reshape(shape).transpose();
    }
    to.assign(values.dup('c').reshape('c', to.shape()));
  }

  private Tensor get(String name, INDArray found) {
    INDArray values = found;
    if (name.equals("hidden.weight")) {
      INDArray c = found.dup('c');
      values =
          channelsLast
              ? c.reshape('c', POOLED, POOLED, 2 * FILTERS, HIDDEN).permute(3, 2, 0, 1)
              : c.reshape('c', 2 * FILTERS, POOLED, POOLED, HIDDEN).permute(3, 0, 1, 2);
    } else if (found.rank() == 2 && name.endsWith(".weight")) {
      values = found.transpose();
    }
    Tensor ours = start.weights().get(name);
    float[] flat = new float[ours.values().length];
    INDArray c = Nd4j.toFlattened('c', values);
    for (int i = 0; i < flat.length; i++) {
      flat[i] = c.getFloat(i);
    }
    return new Tensor(name, ours.shape(), flat);
  }

  /** Logits and the gradient of the mean loss. */
  Computed compute() {
    network.setInput(batch.getFeatures());
    network.setLabels(batch.getLabels());
    network.computeGradientAndScore();
    Map<String, INDArray> found = network.gradient().gradientForVariable();
    Map<String, Tensor> gradients = new HashMap<>();
    for (String name : start.weights().keySet()) {
      // the updater divides by the batch, later
      gradients.put(name, get(name, found.get(parameter(name)).div(start.batch())));
    }
    float[] logits = new float[start.batch() * start.graph().classes()];
    INDArray hidden = network.feedForwardToLayer(3, batch.getFeatures()).get(4);
    INDArray z = hidden.mmul(network.getParam("4_W")).addRowVector(network.getParam("4_b"));
    for (int i = 0; i < logits.length; i++) {
      logits[i] = z.getFloat(i / start.graph().classes(), i % start.graph().classes());
    }
    return new Computed(logits, start.flat(gradients));
  }

  Side forward() {
    return () -> network.score(batch, false);
  }

  Side trainStep() {
    return () -> network.fit(batch);
  }
}
