package org.zowarmup.bench.pytorch;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Shape;

/** A golden case computed by PyTorch in fp64, from the fp32 weights and pixels. */
final class GoldenRun {
  private final GoldenCase golden;
  private final TorchParameters parameters;
  private final Tensor images;
  private final Tensor labels;

  GoldenRun(GoldenCase golden) {
    this.golden = golden;
    this.parameters = TorchParameters.inDouble(golden.graph().layout(), golden.weights());
    Shape shape = golden.graph().input();
    Tensor nhwc =
        TorchTensors.of(
            golden.pixels(), golden.batch(), shape.height(), shape.width(), shape.channels());
    this.images = nhwc.to(torch.ScalarType.Double).permute(0, 3, 1, 2);
    this.labels = TorchTensors.of(golden.labels());
  }

  /** [batch, classes], row-major. */
  double[] logits() {
    try (PointerScope scope = new PointerScope()) {
      Tensor logits = golden.network().logits(parameters, images).detach().contiguous();
      double[] values = new double[Math.toIntExact(logits.numel())];
      logits.data_ptr_double().get(values);
      return values;
    }
  }

  /** The mean loss; its gradients are kept. */
  double backward() {
    try (PointerScope scope = new PointerScope()) {
      parameters.clearGradients();
      Tensor loss = torch.cross_entropy_loss(golden.network().logits(parameters, images), labels);
      loss.backward();
      return loss.item_double();
    }
  }

  double[] gradient(ParameterTensor tensor) {
    return parameters.gradient(tensor);
  }

  double[] values(ParameterTensor tensor) {
    return parameters.values(tensor);
  }

  /** Steps of torch::optim::SGD on the batch; the loss before each. */
  List<Double> train(int steps, double lr, double momentum, double weightDecay) {
    SGDOptions options = new SGDOptions(lr);
    options.momentum().put(momentum);
    options.weight_decay().put(weightDecay);
    TensorVector all = new TensorVector(parameters.leaves().toArray(new Tensor[0]));
    List<Double> losses = new ArrayList<>();
    try (SGD sgd = new SGD(all, options)) {
      for (int step = 0; step < steps; step++) {
        losses.add(backward());
        sgd.step().close();
      }
    }
    return losses;
  }
}
