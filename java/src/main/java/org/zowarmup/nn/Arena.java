package org.zowarmup.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.zowarmup.nn.op.Op;

/**
 * Places values in one buffer. With reuse, two values share memory when they are never needed at
 * the same time (the largest are placed first, each at the lowest free place), and a step may write
 * over an input that ends there. Without reuse every value has a place of its own between guards,
 * which is how tests find overruns and prove that reuse changes no bit.
 *
 * @param offsets first element of each value's buffer, by value id
 * @param elements fp32 elements in all
 * @param guard elements of guard before and after every value; 0 with reuse
 */
record Arena(long[] offsets, long elements, int guard) {
  private static final int LINE = 16; // fp32 elements of a cache line
  private static final int GUARD = 64;

  static Arena guarded(List<Plan.Value> values, int batch) {
    long[] offsets = new long[values.size()];
    long end = GUARD;
    for (Plan.Value value : values) {
      offsets[value.id()] = end;
      end += align(value.perSample() * batch) + GUARD;
    }
    return new Arena(offsets, end, GUARD);
  }

  static Arena reused(List<Op> ops, List<Plan.Value> values, int batch, List<Plan.Value> pinned) {
    return new Planner(ops, values, batch, pinned).place();
  }

  private static long align(long elements) {
    return (elements + LINE - 1) / LINE * LINE;
  }

  /** One stretch of memory, shared by values that follow one another in place. */
  private static final class Block {
    final long size;
    int from;
    int to;
    long offset = -1;

    Block(long size, int from, int to) {
      this.size = size;
      this.from = from;
      this.to = to;
    }

    boolean meets(Block other) {
      return from <= other.to && other.from <= to;
    }
  }

  private static final class Planner {
    private final List<Op> ops;
    private final Block[] blocks;
    private final int[] lastRead;

    Planner(List<Op> ops, List<Plan.Value> values, int batch, List<Plan.Value> pinned) {
      this.ops = ops;
      this.blocks = new Block[values.size()];
      this.lastRead = new int[values.size()];
      Arrays.fill(lastRead, -1);
      for (int i = 0; i < ops.size(); i++) {
        for (Plan.Value read : ops.get(i).io().reads()) {
          lastRead[read.id()] = i;
        }
      }
      for (Plan.Value value : pinned) {
        lastRead[value.id()] = ops.size();
        blocks[value.id()] = new Block(align(value.perSample() * batch), -1, ops.size());
      }
      for (int i = 0; i < ops.size(); i++) {
        List<Plan.Value> writes = ops.get(i).io().writes();
        for (Plan.Value write : writes) {
          // only the first write of a step may take over a buffer: no two writes may share one
          Block taken = write.equals(writes.get(0)) ? takeOver(i, write, batch) : null;
          int to = Math.max(i, lastRead[write.id()]);
          if (taken == null) {
            taken = new Block(align(write.perSample() * batch), i, to);
          }
          taken.to = to;
          blocks[write.id()] = taken;
        }
      }
    }

    private Block takeOver(int step, Plan.Value write, int batch) {
      for (Plan.Value read : ops.get(step).io().reusable()) {
        boolean ends = lastRead[read.id()] == step;
        if (ends && blocks[read.id()].size == align(write.perSample() * batch)) {
          return blocks[read.id()];
        }
      }
      return null;
    }

    Arena place() {
      List<Block> order = new ArrayList<>(Arrays.stream(blocks).distinct().toList());
      order.sort(Comparator.comparingLong((Block b) -> -b.size).thenComparingInt(b -> b.from));
      List<Block> placed = new ArrayList<>();
      long end = 0;
      for (Block block : order) {
        block.offset = lowestFree(block, placed);
        end = Math.max(end, block.offset + block.size);
        placed.add(block);
        placed.sort(Comparator.comparingLong(b -> b.offset));
      }
      long[] offsets = new long[blocks.length];
      for (int i = 0; i < blocks.length; i++) {
        offsets[i] = blocks[i].offset;
      }
      return new Arena(offsets, end, 0);
    }

    private static long lowestFree(Block block, List<Block> placedByOffset) {
      long offset = 0;
      for (Block other : placedByOffset) {
        if (other.meets(block)) {
          if (offset + block.size <= other.offset) {
            return offset;
          }
          offset = Math.max(offset, other.offset + other.size);
        }
      }
      return offset;
    }
  }
}
