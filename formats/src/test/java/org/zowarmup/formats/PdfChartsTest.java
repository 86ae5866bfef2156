package org.zowarmup.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Font;
import java.io.IOException;
import java.util.ServiceLoader;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDResources;
import org.apache.pdfbox.pdmodel.graphics.form.PDFormXObject;
import org.apache.pdfbox.text.PDFTextStripper;
import org.junit.jupiter.api.Test;
import org.zowarmup.report.ChartFormat;

/** Read back by PDFBox. */
class PdfChartsTest {
  @Test
  void textIsInEmbeddedFontsOnAPageOfTheChartsSize() throws IOException {
    ChartFormat format = ServiceLoader.load(ChartFormat.class).findFirst().orElseThrow();
    assertEquals("pdf", format.ending());
    byte[] bytes =
        format.page(
            graphics -> {
              graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
              graphics.drawString("test accuracy in %", 20, 40);
              graphics.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 12));
              graphics.drawString("ZOWarmUp", 20, 80);
              graphics.drawLine(0, 0, 300, 200);
            },
            300,
            200);
    try (PDDocument pdf = Loader.loadPDF(bytes)) {
      assertEquals(1, pdf.getNumberOfPages());
      assertEquals(300, pdf.getPage(0).getMediaBox().getWidth());
      assertEquals(200, pdf.getPage(0).getMediaBox().getHeight());
      PDResources page = pdf.getPage(0).getResources();
      int fonts = 0;
      for (COSName form : page.getXObjectNames()) {
        PDResources own = ((PDFormXObject) page.getXObject(form)).getResources();
        for (COSName font : own.getFontNames()) {
          assertTrue(own.getFont(font).isEmbedded(), font.getName());
          fonts++;
        }
      }
      // where the machine has no font files, letters are outlines
      String text = new PDFTextStripper().getText(pdf);
      assertTrue(fonts == 0 || text.contains("test accuracy in %"), text);
      assertTrue(fonts == 0 || text.contains("ZOWarmUp"), text);
    }
  }
}
