package io.jenkins.plugins.jirasend.nativecore;

/** The native core, as an object: tests put another one in its place. The methods are those of {@link NativeCore}. */
interface Functions {
    long open(byte[] settings) throws JiraSendException;

    void putSite(long handle, byte[] site, byte[] secret) throws JiraSendException;

    void putRelay(long handle, byte[] token) throws JiraSendException;

    void removeSite(long handle, byte[] site) throws JiraSendException;

    long submit(long handle, byte[] document, byte[] options) throws JiraSendException;

    byte[] nextReceipt(long handle, long[] cursor, long timeoutMs) throws JiraSendException;

    byte[] ask(long handle, byte[] question, long timeoutMs) throws JiraSendException;

    void act(long handle, byte[] action) throws JiraSendException;

    void close(long handle, long deadlineMs);

    /** The real one. The library must be loaded. */
    Functions NATIVE = new Functions() {
        @Override
        public long open(byte[] settings) throws JiraSendException {
            return NativeCore.open(settings);
        }

        @Override
        public void putSite(long handle, byte[] site, byte[] secret) throws JiraSendException {
            NativeCore.putSite(handle, site, secret);
        }

        @Override
        public void putRelay(long handle, byte[] token) throws JiraSendException {
            NativeCore.putRelay(handle, token);
        }

        @Override
        public void removeSite(long handle, byte[] site) throws JiraSendException {
            NativeCore.removeSite(handle, site);
        }

        @Override
        public long submit(long handle, byte[] document, byte[] options) throws JiraSendException {
            return NativeCore.submit(handle, document, options);
        }

        @Override
        public byte[] nextReceipt(long handle, long[] cursor, long timeoutMs) throws JiraSendException {
            return NativeCore.nextReceipt(handle, cursor, timeoutMs);
        }

        @Override
        public byte[] ask(long handle, byte[] question, long timeoutMs) throws JiraSendException {
            return NativeCore.ask(handle, question, timeoutMs);
        }

        @Override
        public void act(long handle, byte[] action) throws JiraSendException {
            NativeCore.act(handle, action);
        }

        @Override
        public void close(long handle, long deadlineMs) {
            NativeCore.close(handle, deadlineMs);
        }
    };
}
