//! The first bytes of a picture: whether it is one that mail programs show, and how large it is.

use std::borrow::Cow;

use imagesize::{Compression, ImageError, ImageType};

use super::image::SMALLEST;

/// So many bytes of a picture tell its size, of nearly every one.
pub(super) const HEAD: usize = 64 * 1024;
/// So many where much stands before it: previews, profiles, the notes of agencies.
pub(super) const LONG_HEAD: usize = 512 * 1024;
/// No side of a picture for a mail is longer, in pixels, and no picture has more of them: to show it takes a machine
/// four bytes for each.
const LONGEST_SIDE: usize = 20_000;
const MOST_PIXELS: usize = 100_000_000;

/// What is found in the first bytes of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glance {
    /// A picture of this width and height, in pixels.
    Sized(u32, u32),
    /// A picture whose size stands further behind, or is not told.
    Unsized,
    /// Nothing that a mail could show: a page, a drawing, an icon or a tracker, a bomb.
    NoPicture,
}

/// Looks at the first bytes of a picture; `whole` if there are no more, and `content_type` as its server gave it.
///
/// PNG, JPEG, GIF, WebP and AVIF are pictures, whatever their name; what its server calls a text is none, since browsers
/// that are told not to guess show none.
#[must_use]
pub fn glance(bytes: &[u8], whole: bool, content_type: Option<&str>) -> Glance {
    if content_type.is_some_and(|kind| !may_be_picture(kind)) {
        return Glance::NoPicture;
    }
    let Ok(kind) = imagesize::image_type(bytes) else { return Glance::NoPicture };
    let shown = [ImageType::Jpeg, ImageType::Gif, ImageType::Webp, ImageType::Heif(Compression::Av1)];
    let is_png = kind == ImageType::Png && bytes.get(12..16) == Some(b"IHDR");
    if !is_png && !shown.contains(&kind) {
        return Glance::NoPicture;
    }
    let bytes = if kind == ImageType::Jpeg { without_fill(bytes) } else { bytes.into() };
    let sides = match imagesize::blob_size(&bytes) {
        Ok(sides) => sides,
        // What is cut off is no fault of the picture.
        Err(ImageError::IoError(_)) if !whole => return Glance::Unsized,
        Err(_) => return Glance::NoPicture,
    };
    let (mut width, mut height) = (sides.width, sides.height);
    if bytes.get(12..16) == Some(b"VP8 ") {
        // RFC 9649 §2.5: the two bits above say how it is to be enlarged, which nobody does.
        (width, height) = (width & 0x3FFF, height & 0x3FFF);
    }
    judged(width, height)
}

fn judged(width: usize, height: usize) -> Glance {
    let smallest = SMALLEST as usize;
    // A JPEG may tell its height at its end.
    if width >= smallest && height == 0 {
        return Glance::Unsized;
    }
    let bomb = width.max(height) > LONGEST_SIDE || width.saturating_mul(height) > MOST_PIXELS;
    match (u32::try_from(width), u32::try_from(height)) {
        (Ok(w), Ok(h)) if width.min(height) >= smallest && !bomb => Glance::Sized(w, h),
        _ => Glance::NoPicture,
    }
}

/// True for what servers call pictures, and for what they do not know.
fn may_be_picture(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let unknown = ["", "application/octet-stream", "binary/octet-stream", "application/binary"];
    unknown.contains(&kind.as_str()) || (kind.starts_with("image/") && !kind.contains("svg"))
}

/// Leaves out the bytes that may fill the room before a marker of a JPEG (ITU T.81 §B.1.1.2).
fn without_fill(bytes: &[u8]) -> Cow<'_, [u8]> {
    let (mut at, mut kept) = (2, Vec::new());
    let mut clean = 0;
    while bytes.get(at) == Some(&0xFF) {
        let fill = bytes[at..].iter().take_while(|byte| **byte == 0xFF).count() - 1;
        if fill > 0 {
            kept.extend_from_slice(&bytes[clean..at]);
            clean = at + fill;
        }
        let marker = at + fill + 1;
        let Some(&[high, low]) = bytes.get(marker + 1..marker + 3) else { break };
        // The scan begins: no markers follow that concern anybody.
        if bytes[marker] == 0xDA {
            break;
        }
        at = marker + 1 + usize::from(u16::from_be_bytes([high, low])).max(2);
    }
    if kept.is_empty() {
        return bytes.into();
    }
    kept.extend_from_slice(&bytes[clean..]);
    kept.into()
}

#[cfg(test)]
#[path = "measure_tests.rs"]
mod tests;
