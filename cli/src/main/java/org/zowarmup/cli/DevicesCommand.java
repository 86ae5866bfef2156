package org.zowarmup.cli;

import java.util.List;
import java.util.function.Supplier;
import org.zowarmup.device.Devices;
import picocli.CommandLine.Command;

/** {@code zowarmup devices}: what a config can name as its device, on this machine. */
@Command(
    name = "devices",
    description = "List the devices that a config can name, and why one cannot start here.")
final class DevicesCommand extends Main.Printing {
  private final Supplier<List<Devices.Line>> devices;

  DevicesCommand(Supplier<List<Devices.Line>> devices) {
    this.devices = devices;
  }

  @Override
  List<String> result() {
    return lines(devices.get());
  }

  static List<String> lines(List<Devices.Line> devices) {
    int nameChars = devices.stream().mapToInt(device -> device.name().length()).max().orElse(0);
    // Two spaces at the left, three between columns, and the column of yes and no.
    int used = 2 + Math.max("device".length(), nameChars) + 3 + "available".length() + 3;
    TextTable table =
        new TextTable("lll", List.of("device", "available", "what it is, or why not"));
    for (Devices.Line device : devices) {
      String name = device.name();
      String available = device.available() ? "yes" : "no";
      for (String part : Units.wrap(device.description(), Units.LINE_CHARS - used)) {
        table.add(name, available, part);
        name = "";
        available = "";
      }
      for (String detail : device.details()) {
        for (String part : Units.wrap(detail, Units.LINE_CHARS - used)) {
          table.add("", "", part);
        }
      }
    }
    return table.lines();
  }
}
