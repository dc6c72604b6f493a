package io.jenkins.plugins.jirasend.nativecore;

import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The one thread that takes receipts from the core, in the order in which events are settled. */
final class ReceiptPump {
    static final long WAIT_MS = 60_000;
    /** Between two looks whether the core is open. */
    static final long CLOSED_MS = 500;
    /** After something that the next turn will tell more about. */
    static final long PAUSE_MS = 250;

    private static final Logger LOGGER = Logger.getLogger(ReceiptPump.class.getName());

    private final Session session;
    private final Consumer<Receipt> receiver;
    /**
     * Where it is in the order of receipts; kept while the core is closed and opened again. The pump
     * holds it for as long as it waits in the core; who opens another core closes this one first, and
     * the wait is over.
     */
    private final long[] cursor = new long[1];

    private volatile boolean running;

    /** @param receiver should hand them on and come back: the next receipt waits for it */
    ReceiptPump(Session session, Consumer<Receipt> receiver) {
        this.session = session;
        this.receiver = receiver;
    }

    void start() {
        running = true;
        new DaemonThreads("jirasend receipt pump").newThread(this::run).start();
    }

    /** The thread ends when the core is closed. */
    void stop() {
        running = false;
    }

    /** Before the first submit, or its receipt might be settled before the pump has begun to look. */
    void startFromHere(Functions functions, long handle) throws JiraSendException {
        synchronized (cursor) {
            if (cursor[0] != 0) {
                return;
            }
            byte[] receipt = functions.nextReceipt(handle, cursor, 0);
            if (receipt != null) {
                receiver.accept(Receipt.parse(receipt));
            }
        }
    }

    private void run() {
        while (running) {
            try {
                if (!session.isOpen()) {
                    Thread.sleep(CLOSED_MS);
                    continue;
                }
                byte[] next;
                synchronized (cursor) {
                    next = session.nextReceipt(cursor, WAIT_MS);
                }
                if (next != null) {
                    receiver.accept(Receipt.parse(next));
                }
            } catch (InterruptedException e) {
                return;
            } catch (JiraSendException | RuntimeException | Error e) {
                // closed under us to be opened again, a broken disk, no memory: the next turn will tell
                LOGGER.log(Level.FINE, "No receipt from the core.", e);
                if (!pause()) {
                    return;
                }
            }
        }
    }

    private static boolean pause() {
        try {
            Thread.sleep(PAUSE_MS);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }
}
