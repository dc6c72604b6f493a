package io.jenkins.plugins.jirasend.steps;

import java.io.IOException;
import java.util.function.Consumer;

/** What a step does on another thread. */
interface Work {
    void run() throws IOException, InterruptedException;

    /** Whatever goes wrong, no memory included, must end the step: nobody else would. */
    static void orFail(Work work, Consumer<Throwable> fail) {
        try {
            work.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fail.accept(e);
        } catch (IOException | RuntimeException | Error e) {
            fail.accept(e);
        }
    }
}
