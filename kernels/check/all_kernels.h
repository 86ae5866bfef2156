// Every kernel in one translation unit, and their list: ZOWARMUP_KERNELS(X) is X(name) for each. KernelSourcesTest
// holds it against the sources.
#ifndef ZOWARMUP_ALL_KERNELS_H
#define ZOWARMUP_ALL_KERNELS_H

#include "accumulate_seeds.cu"
#include "add.cu"
#include "attention.cu"
#include "bias_add.cu"
#include "column_sums.cu"
#include "convert.cu"
#include "embedding.cu"
#include "finite.cu"
#include "gather_images.cu"
#include "gelu.cu"
#include "group_norm_backward.cu"
#include "group_norm_forward.cu"
#include "job.cu"
#include "layer_norm_backward.cu"
#include "layer_norm_forward.cu"
#include "linear_tail.cu"
#include "loss.cu"
#include "perturb_pair.cu"
#include "pool.cu"
#include "relu.cu"
#include "select.cu"
#include "sgd_step.cu"
#include "sum_rows.cu"
#include "weighted_sum.cu"
#include "weights_copy.cu"

// clang-format off
#define ZOWARMUP_KERNELS(X) \
  X(accumulateRademacher) \
  X(accumulateGaussian) \
  X(addForward) \
  X(biasAdd) \
  X(columnSums) \
  X(toCompute) \
  X(toFloat) \
  X(crossEntropyForward) \
  X(crossEntropyBackward) \
  X(findNonFinite) \
  X(gatherImages) \
  X(geluForward) \
  X(geluBackward) \
  X(groupNormBackward) \
  X(groupNormBackwardLarge) \
  X(groupNormForward) \
  X(groupNormForwardLarge) \
  X(splitHeads) \
  X(joinQkv) \
  X(mergeHeads) \
  X(unmergeHeads) \
  X(advanceJob) \
  X(layerNormBackward) \
  X(layerNormForward) \
  X(perturbRademacher) \
  X(perturbGaussian) \
  X(maxPoolForward) \
  X(averagePoolForward) \
  X(maxPoolBackward) \
  X(averagePoolBackward) \
  X(reluForward) \
  X(reluBackward) \
  X(sgdStep) \
  X(sgdStepJob) \
  X(sgdStepCopy) \
  X(attentionForward) \
  X(biasGelu) \
  X(biasAddNorm) \
  X(softmaxForward) \
  X(softmaxBackward) \
  X(segmentLosses) \
  X(sumRows) \
  X(embedTokens) \
  X(embedTokensBackward) \
  X(dropClassToken) \
  X(selectToken) \
  X(selectTokenBackward) \
  X(weightedSum) \
  X(copyWeights) \
  X(gatherWeights)
// clang-format on

#endif  // ZOWARMUP_ALL_KERNELS_H
