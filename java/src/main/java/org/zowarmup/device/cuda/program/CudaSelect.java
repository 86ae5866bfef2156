package org.zowarmup.device.cuda.program;

import org.zowarmup.device.cuda.driver.DevicePointer.Address;
import org.zowarmup.device.cuda.kernel.CudaStep;
import org.zowarmup.nn.op.Select;

/** The choice of one token by kernels/src/select.cu. */
final class CudaSelect {
  private static final String FILE = "select.cu";

  private CudaSelect() {}

  static CudaStep forward(CudaProgram program, Select.Forward op) {
    return step(program, op, "selectToken", program.at(op.x()), program.at(op.y()));
  }

  static CudaStep backward(CudaProgram program, Select.Backward op) {
    return step(
        program, op.forward(), "selectTokenBackward", program.at(op.dy()), program.at(op.dx()));
  }

  private static CudaStep step(
      CudaProgram program, Select.Forward op, String kernel, Address from, Address to) {
    return program.step(
        FILE, kernel, from, to, program.batch(), op.tokens(), op.channels(), op.index());
  }
}
