/** numpy's arrays in npy and npz files (NEP 1 and its versions 2 and 3). */
package org.zowarmup.data.format.numpy;
