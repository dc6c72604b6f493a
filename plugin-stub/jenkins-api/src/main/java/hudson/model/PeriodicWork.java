package hudson.model;

import hudson.ExtensionPoint;
import java.util.concurrent.TimeUnit;

public abstract class PeriodicWork extends hudson.triggers.SafeTimerTask implements ExtensionPoint {
    protected static final long MIN = TimeUnit.MINUTES.toMillis(1);

    public abstract long getRecurrencePeriod();

    public long getInitialDelay() {
        throw new UnsupportedOperationException();
    }
}
