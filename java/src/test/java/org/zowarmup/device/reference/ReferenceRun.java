package org.zowarmup.device.reference;

import java.util.Arrays;
import org.zowarmup.nn.ParameterSpec;
import org.zowarmup.nn.ParameterTensor;
import org.zowarmup.nn.Plan;
import org.zowarmup.nn.op.Op;

/** Single steps of the reference device, on values and parameters of a test's own. */
final class ReferenceRun {
  private final ReferenceProgram program;
  private int values;
  private int parameters;

  ReferenceRun(int batch, int parameters) {
    this.program = new ReferenceProgram(batch, parameters, parameters);
  }

  Plan.Value value(double... content) {
    Plan.Value value =
        new Plan.Value(values, "value " + values++, content.length / program.batch());
    program.place(value, new Tensor(content, 0, content.length));
    return value;
  }

  ParameterTensor parameter(double... content) {
    System.arraycopy(content, 0, program.weights(), parameters, content.length);
    ParameterSpec spec =
        ParameterSpec.vector("p", content.length, new ParameterSpec.Initialization.Constant(0));
    ParameterTensor tensor = new ParameterTensor(0, "p", parameters, spec);
    parameters += content.length;
    return tensor;
  }

  void run(Op op) {
    ReferenceProgram.STEPS.compile("reference", program, op).run(program.batch());
  }

  double[] of(Plan.Value value) {
    return program.at(value).data();
  }

  double[] of(ParameterTensor tensor) {
    int from = Math.toIntExact(tensor.offset());
    return Arrays.copyOfRange(program.weights(), from, from + tensor.size());
  }

  /** Of all parameters, in their order. */
  double[] gradients() {
    return program.gradients();
  }
}
