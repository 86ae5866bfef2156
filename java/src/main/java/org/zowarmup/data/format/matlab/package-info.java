/** MATLAB's files of level 5, as far as arrays of numbers go. */
package org.zowarmup.data.format.matlab;
