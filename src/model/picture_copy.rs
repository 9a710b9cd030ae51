//! A copy of a picture: ours to serve, in a form that every mail program shows.

use std::str::FromStr;

/// The kinds of pictures that every mail program shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureKind {
    /// For photographs.
    Jpeg,
    /// For drawings, and for what lets its ground through.
    Png,
}

impl PictureKind {
    /// What a server calls it.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// How the names of its files end.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }
}

impl FromStr for PictureKind {
    type Err = String;

    fn from_str(content_type: &str) -> Result<Self, String> {
        let known = [Self::Jpeg, Self::Png].into_iter().find(|kind| kind.content_type() == content_type);
        known.ok_or_else(|| format!("`{content_type}` is no kind of copies"))
    }
}

/// A copy of a picture: nothing but its pixels, turned upright and no larger than it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureCopy {
    /// What it is.
    pub kind: PictureKind,
    /// Its file.
    pub bytes: Vec<u8>,
}
