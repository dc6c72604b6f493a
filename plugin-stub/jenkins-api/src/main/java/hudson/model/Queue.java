package hudson.model;

public class Queue {
    protected Queue() {}

    public interface Executable extends Runnable {
        @Override
        void run();
    }
}
