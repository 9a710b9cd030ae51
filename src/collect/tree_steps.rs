//! How often the nodes of pages are looked at, counted in tests: what hostile pages cost is bounded without a clock.

#[cfg(test)]
thread_local! {
    static TAKEN: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts steps: a node that was looked at, a byte of its text or its attributes.
#[cfg(test)]
pub(in crate::collect) fn count(steps: usize) {
    TAKEN.with(|taken| taken.set(taken.get() + steps));
}

/// Counts nothing but in tests.
#[cfg(not(test))]
#[inline]
pub(in crate::collect) const fn count(_: usize) {}

/// The steps that this thread takes in `work`.
#[cfg(test)]
pub(in crate::collect) fn taken_by(work: impl FnOnce()) -> usize {
    let before = TAKEN.with(std::cell::Cell::get);
    work();
    TAKEN.with(std::cell::Cell::get) - before
}
