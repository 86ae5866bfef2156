/**
 * Formats whose libraries are too large for the program itself: Hugging Face's Parquet, and the
 * HDF5 of TensorFlow Federated.
 */
package org.zowarmup.formats;
