package io.jenkins.plugins.jirasend.nativecore;

import static io.jenkins.plugins.jirasend.nativecore.JiraSendException.Code.MEMORY;
import static io.jenkins.plugins.jirasend.nativecore.Setting.ask;
import static io.jenkins.plugins.jirasend.nativecore.Setting.bytes;
import static io.jenkins.plugins.jirasend.nativecore.Setting.check;
import static io.jenkins.plugins.jirasend.nativecore.Setting.refused;
import static io.jenkins.plugins.jirasend.nativecore.Setting.settings;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory is short outside the heap: a large copy cannot be made. */
final class NativeMemory {
    private static final int LARGE = 64 << 20;
    private static final long SPARE_KB = 40 * 1024;

    private NativeMemory() {}

    static void aCopyThatDoesNotFit() throws Exception {
        byte[] large = new byte[LARGE];
        byte[] small = bytes("{\"kind\": \"build\", \"knid\": 1}");
        long handle = NativeCore.open(bytes(settings(null, "")));
        // Everything that is used below once, so that its classes are there.
        refused(JiraSendException.Code.DOCUMENT, "large", () -> NativeCore.submit(handle, large, null));
        long pid = ProcessHandle.current().pid();
        String prlimit = "prlimit --pid " + pid + " --as=";
        // The process that sets the limit lives on to lift it: no other could be started below it.
        // It is told the limit when it runs, as starting it takes address space here for its threads.
        Process helper = new ProcessBuilder(
                        "sh", "-c", "echo ready; read limit; " + prlimit + "$limit: && echo set && read line; "
                                + prlimit + "unlimited: && echo lifted")
                .redirectErrorStream(true)
                .start();
        try (BufferedReader said = new BufferedReader(new InputStreamReader(helper.getInputStream()))) {
            check("ready".equals(said.readLine()), "the shell is there");
            helper.getOutputStream().write(bytes((addressSpaceKb() + SPARE_KB) * 1024 + "\n"));
            helper.getOutputStream().flush();
            String first = said.readLine();
            check("set".equals(first), "prlimit: " + first);
            Throwable thrown = null;
            try {
                NativeCore.submit(handle, large, null);
            } catch (JiraSendException e) {
                thrown = e;
            }
            Throwable thrownToo = null;
            try {
                NativeCore.submit(handle, small, null);
            } catch (JiraSendException e) {
                thrownToo = e;
            }
            helper.getOutputStream().write('\n');
            helper.getOutputStream().flush();
            check("lifted".equals(said.readLine()), "the limit is lifted");
            check(thrown instanceof JiraSendException e && e.kind() == MEMORY, "large: " + thrown);
            check(thrownToo instanceof JiraSendException e && e.kind() == JiraSendException.Code.DOCUMENT,
                    "small: " + thrownToo);
        }
        ask(handle, "{\"what\": \"status\"}");
        NativeCore.close(handle, 5000);
    }

    private static long addressSpaceKb() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmSize:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new AssertionError("no VmSize");
    }
}
