package org.zowarmup.device;

/**
 * PyTorch's SGD: g += weightDecay * w; v = momentum * v + g; w -= lr * v (without momentum w -= lr
 * * g), fp32, every product and sum rounded on its own.
 */
public record Sgd(float lr, float momentum, float weightDecay) {}
