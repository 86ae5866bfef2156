/** MPI without its headers: the JNI side of a shim in C that is opened at run time. */
package org.zowarmup.nativempi;
