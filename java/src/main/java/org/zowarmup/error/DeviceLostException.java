package org.zowarmup.error;

/** A device that has stopped to work in the middle of a run: the machine's fault, not the run's. */
public final class DeviceLostException extends UserErrorException {
  private static final long serialVersionUID = 1L;

  /**
   * @param why what failed, in the device's words
   */
  public DeviceLostException(String device, String why) {
    super(
        "device %s is lost: %s; see dmesg and nvidia-smi -q, then `zowarmup resume` continues from the last checkpoint, also on other devices of its kind"
            .formatted(device, why));
  }
}
