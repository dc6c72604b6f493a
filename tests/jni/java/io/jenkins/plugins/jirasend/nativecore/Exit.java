package io.jenkins.plugins.jirasend.nativecore;

import static io.jenkins.plugins.jirasend.nativecore.Setting.build;
import static io.jenkins.plugins.jirasend.nativecore.Setting.newFolder;
import static io.jenkins.plugins.jirasend.nativecore.Setting.openWithSite;
import static io.jenkins.plugins.jirasend.nativecore.Setting.submit;

/** Leaves threads and requests behind: the JVM ends right after this, and must end well. */
final class Exit {
    private Exit() {}

    static void inTheMiddle() throws Exception {
        long handle = openWithSite(newFolder("exit"));
        for (int i = 0; i < 4; i++) {
            int thread = i;
            Thread worker = new Thread(() -> {
                try {
                    for (int number = 0; ; number++) {
                        submit(handle, build("exit" + thread, number, ""));
                        NativeCore.nextReceipt(handle, new long[1], 1);
                    }
                } catch (JiraSendException e) {
                    throw new IllegalStateException(e);
                }
            });
            worker.setDaemon(true);
            worker.start();
        }
        Thread.sleep(200);
    }
}
