// The C++ kernels of the CPU device: what oneDNN lacks or is slow at. One translation unit, included by the file that
// JavaCPP generates for org.zowarmup.nativecpu.NativeCpu, so that g++ and a JDK are all a build needs. NativeCpu.java
// says what each function computes, its shapes and errors; the comments here say how and why so.
//
// Conventions: fp32 buffers unless said; activations NHWC; `threads` is the team of the call (1 = no OpenMP at all);
// a result's bits depend neither on the instruction set nor on `threads`. Compile with -ffp-contract=off: a fused
// product and sum is written as such or not at all.
#ifndef ZOWARMUP_NATIVE_H
#define ZOWARMUP_NATIVE_H

#include "add.h"
#include "conv_winograd.h"
#include "cpu.h"
#include "directions.h"
#include "embedding.h"
#include "gather.h"
#include "gelu.h"
#include "group_norm.h"
#include "linear.h"
#include "loss.h"
#include "memory.h"
#include "planes.h"
#include "pool.h"
#include "relu.h"
#include "select.h"
#include "sum_rows.h"
#include "vectors.h"

#endif  // ZOWARMUP_NATIVE_H
