package org.zowarmup.cli;

import java.io.PrintStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Lets a run end cleanly on the signals of a batch system or a terminal: the first one sets a flag
 * that the run looks at between rounds and between jobs, so that it can save itself and end with an
 * exit code of its own; a second one ends the process at once, with 128 plus the signal's number.
 */
final class Interruption implements BooleanSupplier {
  private static final Map<String, Integer> NUMBERS = Map.of("INT", 2, "USR1", 10, "TERM", 15);

  private final PrintStream err;
  private final AtomicBoolean stop = new AtomicBoolean();

  Interruption(PrintStream err) {
    this.err = err;
  }

  /** Whether the run should stop. */
  @Override
  public boolean getAsBoolean() {
    return stop.get();
  }

  /**
   * From here on these signals ask for a stop; all others do what they did.
   *
   * @param names some of TERM, INT and USR1
   */
  void listen(List<String> names) {
    names.forEach(this::handle);
  }

  private void received(String name) {
    if (stop.getAndSet(true)) {
      Runtime.getRuntime().halt(128 + NUMBERS.get(name));
    }
    err.println();
    err.println(
        "zowarmup: SIG"
            + name
            + ": stopping; whole rounds are kept and a checkpoint is written, a second signal ends"
            + " at once");
  }

  /**
   * By reflection, because sun.misc is supported but may not be compiled against without warnings;
   * where it is missing, a signal ends the process and the run goes on from its last checkpoint.
   */
  private void handle(String name) {
    try {
      Class<?> signalType = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Object signal = signalType.getConstructor(String.class).newInstance(name);
      InvocationHandler handler =
          (proxy, method, arguments) -> {
            if (!method.getDeclaringClass().equals(handlerType)) {
              return method.getName().equals("equals")
                  ? (Object) (proxy == arguments[0])
                  : method.getName().equals("hashCode")
                      ? (Object) NUMBERS.get(name)
                      : "handler of " + name;
            }
            received(name);
            return null;
          };
      Object proxy =
          Proxy.newProxyInstance(
              Interruption.class.getClassLoader(), new Class<?>[] {handlerType}, handler);
      signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, proxy);
    } catch (ReflectiveOperationException e) {
      err.println("zowarmup: this Java lets nobody listen to SIG" + name + ": " + e.getMessage());
    }
  }
}
