package org.zowarmup.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.zowarmup.error.Printable;

/** The page: one file with its styles and charts in it, for wide screens, phones and paper. */
final class ReportPage {
  private static final String STYLE =
      """
      :root{color-scheme:light}
      *{box-sizing:border-box}
      body{margin:0;background:#f5f7fa;color:#1f2933;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
      main{max-width:980px;margin:0 auto;padding:24px 16px 48px}
      h1{font-size:1.7rem;line-height:1.2;margin:.2em 0 .1em;overflow-wrap:anywhere}
      h2{font-size:1.25rem;margin:0 0 .6em}
      h3{font-size:1rem;margin:1.6em 0 .2em}
      .sub{color:#5f6c7b;margin:0 0 1em}
      nav{display:flex;flex-wrap:wrap;gap:6px 14px;margin:0 0 18px}
      nav a{color:#0072b2;text-decoration:none}
      nav a:hover{text-decoration:underline}
      section{background:#fff;border:1px solid #e4e7eb;border-radius:10px;padding:20px;margin:0 0 18px}
      dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:0}
      dt{color:#5f6c7b}
      dd{margin:0;overflow-wrap:anywhere}
      .scroll{overflow-x:auto;margin:0 0 8px}
      table{border-collapse:collapse;width:100%;font-size:.93rem;font-variant-numeric:tabular-nums}
      th,td{padding:5px 10px;text-align:right;border-bottom:1px solid #e4e7eb;vertical-align:bottom}
      th{color:#5f6c7b;font-weight:600;font-size:.85rem}
      td:not(:first-child){white-space:nowrap}
      th:first-child,td:first-child{text-align:left;padding-left:0}
      tbody tr:last-child td{border-bottom:0}
      figure{margin:0}
      figure svg{width:100%;height:auto;display:block}
      figcaption{color:#5f6c7b;font-size:.88rem;margin-top:2px}
      .narrow{display:none}
      footer{color:#5f6c7b;font-size:.85rem;overflow-wrap:anywhere}
      .live .drawn.hidden{display:none}
      .tools{display:flex;flex-wrap:wrap;gap:4px 18px;align-items:center;color:#5f6c7b;font-size:.85rem;margin:4px 0}
      .tools label{display:flex;gap:6px;align-items:center}
      .u-legend{text-align:left;font-size:.88rem}
      .u-legend .u-marker{border-radius:2px}
      .u-legend .spread{display:none}
      .u-legend th,.u-legend td{border:0;padding:2px 4px;text-align:left}
      @media(max-width:640px){
        main{padding:14px 10px 32px}
        section{padding:14px 12px;border-radius:8px}
        .wide{display:none}.narrow{display:block}
        dl{grid-template-columns:1fr;gap:0}
        dd{margin-bottom:8px}
        th,td{padding:5px 6px}
        td:first-child{min-width:8em;overflow-wrap:anywhere}
        table{font-size:.86rem}
      }
      @media print{.live .drawn.hidden{display:block}.chart{display:none}body{background:#fff}section{border:0;padding:0}figure{break-inside:avoid}h2,h3{break-after:avoid}nav{display:none}
        .scroll{overflow:visible}th,td{padding:4px}}
      """;

  private final String title;
  private final boolean live;
  private final StringBuilder body = new StringBuilder();
  private final List<String> sections = new ArrayList<>();
  private String facts = "";
  private String footer = "";

  /**
   * @param live true for the page of a server that is asked for news
   */
  ReportPage(String title, boolean live) {
    this.title = title;
    this.live = live;
  }

  void facts(Map<String, String> facts) {
    StringBuilder list = new StringBuilder("<section><dl>");
    facts.forEach(
        (label, text) ->
            list.append("<dt>")
                .append(escape(label))
                .append("</dt><dd>")
                .append(escape(text).replace("\n", "<br>"))
                .append("</dd>"));
    this.facts = list.append("</dl></section>\n").toString();
  }

  /**
   * Adds a section, unless there is nothing to put in it.
   *
   * @param table HTML, may be empty
   * @param figures null among them are left out
   * @return the figures that were shown
   */
  List<Figure> section(String heading, String table, Stream<Figure> figures) {
    List<Figure> shown = figures.filter(Objects::nonNull).toList();
    if (shown.isEmpty() && table.isEmpty()) {
      return shown;
    }
    sections.add(heading);
    body.append("<section id=\"").append(anchor(heading)).append("\"><h2>");
    body.append(escape(heading)).append("</h2>\n").append(table);
    for (Figure figure : shown) {
      body.append("<h3>").append(escape(figure.title())).append("</h3>");
      body.append(figure.html(live));
    }
    body.append("</section>\n");
    return shown;
  }

  void footer(String text) {
    footer = "<footer>" + escape(text) + "</footer>\n";
  }

  private static String resource(String name) {
    try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }

  private static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^a-z]+", "-");
  }

  String html() {
    StringBuilder nav = new StringBuilder("<nav>");
    for (String section : sections) {
      nav.append("<a href=\"#").append(anchor(section)).append("\">");
      nav.append(escape(section)).append("</a>");
    }
    nav.append("</nav>\n");
    return "<!doctype html>\n<html lang=\"en\""
        + (live ? " data-live" : "")
        + "><head><meta charset=\"utf-8\">"
        + "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"
        + " style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src "
        + (live ? "'self'" : "'none'")
        + "\">"
        + "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>"
        + escape(title)
        + " - ZOWarmUp</title><style>\n"
        + STYLE
        + resource("/META-INF/resources/webjars/uplot/1.6.30/dist/uPlot.min.css")
        + "</style></head><body><main>\n<h1>"
        + escape(title)
        + "</h1><p class=\"sub\">ZOWarmUp run report</p>\n"
        + nav
        + facts
        + body
        + footer
        + "</main><script>\n"
        + resource("/META-INF/resources/webjars/uplot/1.6.30/dist/uPlot.iife.min.js")
        + "\n"
        + resource("report.js")
        + "</script></body></html>\n";
  }

  /** A paragraph of plain words. */
  static String paragraph(String words) {
    return "<p class=\"sub\">" + escape(words) + "</p>\n";
  }

  /** A heading within a section. */
  static String subheading(String words) {
    return "<h3>" + escape(words) + "</h3>\n";
  }

  static String escape(String text) {
    String lines = text.lines().map(Printable::text).collect(Collectors.joining("\n"));
    return lines
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  /**
   * A table whose first column is text and whose others are numbers.
   *
   * @param rows cells as they are to be shown; escaped here
   */
  static String table(List<String> heads, List<List<String>> rows) {
    StringBuilder html = new StringBuilder("<div class=\"scroll\"><table><thead><tr>");
    heads.forEach(head -> html.append("<th>").append(escape(head)).append("</th>"));
    html.append("</tr></thead><tbody>");
    for (List<String> row : rows) {
      html.append("<tr>");
      row.forEach(cell -> html.append("<td>").append(escape(cell)).append("</td>"));
      html.append("</tr>");
    }
    return html.append("</tbody></table></div>\n").toString();
  }
}
