package org.zowarmup.formats;

import de.rototor.pdfbox.graphics2d.PdfBoxGraphics2D;
import de.rototor.pdfbox.graphics2d.PdfBoxGraphics2DFontTextDrawer;
import java.awt.Font;
import java.awt.Graphics2D;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.pdmodel.font.PDType0Font;
import org.zowarmup.report.ChartFormat;

/** Charts as pages of PDF for papers: lines, and text in embedded fonts. */
public final class PdfCharts implements ChartFormat {
  @Override
  public String ending() {
    return "pdf";
  }

  @Override
  public byte[] page(Consumer<Graphics2D> chart, int width, int height) {
    try (PDDocument document = new PDDocument();
        ByteArrayOutputStream out = new ByteArrayOutputStream()) {
      PDPage page = new PDPage(new PDRectangle(width, height));
      document.addPage(page);
      PdfBoxGraphics2D graphics = new PdfBoxGraphics2D(document, width, height);
      File plain = fontFile("sans-serif");
      File bold = fontFile("sans-serif:bold");
      if (plain != null && bold != null) {
        graphics.setFontTextDrawer(
            new Embedded(PDType0Font.load(document, plain), PDType0Font.load(document, bold)));
      } // else letters are drawn as outlines
      chart.accept(graphics);
      graphics.dispose();
      try (PDPageContentStream content = new PDPageContentStream(document, page)) {
        content.drawForm(graphics.getXFormObject());
      }
      document.save(out);
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
  }

  /** All text in one font, plain or bold. */
  private static final class Embedded extends PdfBoxGraphics2DFontTextDrawer {
    private final PDFont plain;
    private final PDFont bold;

    Embedded(PDFont plain, PDFont bold) {
      this.plain = plain;
      this.bold = bold;
    }

    @Override
    protected PDFont mapFont(Font font, IFontTextDrawerEnv env) {
      return font.isBold() ? bold : plain;
    }
  }

  /** The file that fontconfig, which Java asks too, has for a pattern; null where it has none. */
  private static File fontFile(String pattern) {
    try {
      Process match =
          new ProcessBuilder("fc-match", "-f", "%{file}", pattern)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String found = new String(match.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      File file = new File(found.strip());
      return found.strip().endsWith(".ttf") && file.isFile() ? file : null;
    } catch (IOException e) {
      return null;
    }
  }
}
