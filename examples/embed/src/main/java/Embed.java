import java.nio.file.Path;
import org.zowarmup.api.Result;
import org.zowarmup.api.Simulation;

public class Embed {
  public static void main(String[] arguments) {
    Result result =
        Simulation.builder()
            .config("{methods: [zowarmup], clients: {count: 20, high: 0.25}}")
            .config("{warmup: {cohort: 5, rounds: 1}, zo: {cohort: 5, rounds: 2}}")
            .with("data.source", "fashion-mnist-mini")
            .device("cpu")
            .noOutput()
            .build()
            .run();
    result.save("zowarmup", 1, Path.of(arguments[0]));
    System.out.println(result.weights("zowarmup", 1).keySet());
    System.out.println(result.methods().get(0).roundsDone() + " rounds");
  }
}
