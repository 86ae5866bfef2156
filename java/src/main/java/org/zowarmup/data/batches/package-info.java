/**
 * Data sets in a few large files: CIFAR's and ImageNet32's batches and numpy's arrays. Headers and
 * labels are read first; then all pixels go in parallel, and in one pass, from the files into the
 * resident buffer.
 */
package org.zowarmup.data.batches;
