package org.zowarmup.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.zowarmup.error.Printable;

/**
 * The log file of a run, {@code run.log} in its folder: what goes to the terminal as messages, with
 * the time, and the progress as lines whatever the terminal shows. A resumed run appends. Of
 * several runs in one process each has the messages of the thread that made its log, and of the
 * threads that were started from there.
 */
final class RunLog implements AutoCloseable {
  private static final String OURS = "org.zowarmup";

  private static final InheritableThreadLocal<RunLog> OF_THREAD = new InheritableThreadLocal<>();

  private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
  private final RunLog outer = OF_THREAD.get();
  private FileAppender<ILoggingEvent> file;

  RunLog() {
    OF_THREAD.set(this);
  }

  /** Sets from which level on messages are shown: error, warn, info, debug or trace. */
  static void level(String level) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.getLogger(OURS).setLevel(Level.toLevel(level));
  }

  /** Begins the file. */
  void open(Path folder) {
    PatternLayoutEncoder encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setCharset(StandardCharsets.UTF_8);
    encoder.setPattern(
        "%date{yyyy-MM-dd'T'HH:mm:ss.SSS} %-5level %replace(%msg){'"
            + Printable.UNSAFE
            + "', '?'}%n");
    encoder.start();
    file = new FileAppender<>();
    file.setContext(context);
    file.setName("run.log");
    file.setFile(folder.resolve("run.log").toString());
    file.setAppend(true);
    file.setEncoder(encoder);
    file.addFilter(
        new Filter<>() {
          @Override
          public FilterReply decide(ILoggingEvent event) {
            RunLog own = OF_THREAD.get();
            return own == null || own == RunLog.this ? FilterReply.NEUTRAL : FilterReply.DENY;
          }
        });
    file.start();
    context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(file);
  }

  /** Writes a line to the file alone. */
  void line(String text) {
    if (file != null) {
      file.doAppend(
          new ch.qos.logback.classic.spi.LoggingEvent(
              RunLog.class.getName(),
              context.getLogger(OURS),
              Level.INFO,
              text.replace("{}", "{ }"),
              null,
              null));
    }
  }

  @Override
  public void close() {
    if (file != null) {
      context.getLogger(Logger.ROOT_LOGGER_NAME).detachAppender(file);
      file.stop();
      file = null;
    }
    OF_THREAD.set(outer);
  }
}
