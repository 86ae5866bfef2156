/**
 * Reads Python's pickles of plain data and numpy arrays without running anything.
 *
 * <p>A pickle is a program for a small stack machine (Python's {@code pickletools}; PEP 307, PEP
 * 3154, PEP 574), and general unpicklers call whatever the program names. The machine here knows
 * the opcodes that build numbers, strings, lists, tuples and dicts, and a handful of names out of
 * which numpy arrays are made; these are values of an enum, not functions. Everything else is
 * refused by name and place. Long byte strings are not loaded: the reader remembers where they lie,
 * so that pixels go from the file straight to their destination.
 */
package org.zowarmup.data.format.pickle;
