package jenkins.model.lazy;

import java.util.SortedMap;

public abstract class AbstractLazyLoadRunMap<R> {
    public R getByNumber(int n) {
        throw new UnsupportedOperationException();
    }

    public SortedMap<Integer, R> getLoadedBuilds() {
        throw new UnsupportedOperationException();
    }
}
