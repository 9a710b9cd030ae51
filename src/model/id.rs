//! Row numbers, one type per noun, so that an edition's number is never taken for a delivery's.

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

id! {
    /// The number of a [`Source`](super::Source).
    SourceId,
    /// The number of a stored [`Article`](super::Article).
    ArticleId,
    /// The number of an [`Edition`](super::Edition).
    EditionId,
    /// The number of a [`List`](super::List).
    ListId,
    /// The number of a [`Subscriber`](super::Subscriber).
    SubscriberId,
    /// The number of a [`Delivery`](super::Delivery).
    DeliveryId,
    /// The number of a [`Mail`](super::Mail).
    MailId,
    /// The number of a [`Bulletin`](super::Bulletin) that waits to go to the webhook.
    CallId,
}
