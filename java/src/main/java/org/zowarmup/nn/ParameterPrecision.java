package org.zowarmup.nn;

/**
 * What a parameter may be computed in when a phase runs below fp32. The masters, the perturbation
 * and the update are fp32 for every parameter; this says which tensors a device may round on their
 * way into a matrix product. A gain of 1.0 in bf16 does not see a step of 1e-3, and noise in the
 * logits is of the size of a probe's signal: hence FP32 for all that is cheap.
 */
public enum ParameterPrecision {
  /** Weights of convolutions and linear layers, except the classifier's. */
  REDUCIBLE,
  /** Gains and biases of norms, every bias, class token and positions, the classifier. */
  FP32
}
