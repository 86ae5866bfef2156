package org.zowarmup.device.cuda;

import org.bytedeco.javacpp.Pointer;

/** A place in device memory as the bindings take it; owns nothing. */
final class Address extends Pointer {
  Address(long value) {
    super((Pointer) null);
    address = value;
  }
}
