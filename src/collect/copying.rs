//! Copies of pictures: foreign bytes become a small picture of our own, nothing but its pixels.
//!
//! What tells of the maker (place, camera, name) stays behind, and with it whatever else hides in a file; what turns a
//! photograph upright is done to it; its colours keep their profile. Of an animation the first picture is left, which is
//! what Outlook shows of it anyway.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits};

use crate::model::{PictureCopy, PictureKind};

/// More bytes of a picture are not read.
pub const LARGEST: usize = 8 << 20;
/// No copy is larger; what is, was no photograph.
const LARGEST_COPY: usize = 1 << 20;
/// A larger picture is not unpacked: so many pixels, and so many bytes for what a decoder needs beside them.
const MOST_PIXELS: u64 = 25_000_000;
const MOST_MEMORY: u64 = 256 << 20;
/// Photographs come in a dozen scans; each costs a walk over the whole picture.
const MOST_SCANS: usize = 100;
/// A sharp screen has so many pixels where the layout has one.
const SHARP: u32 = 2;
const QUALITY: u8 = 80;
/// A longer profile of colours is a printer's.
const LONGEST_PROFILE: usize = 16 * 1024;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// None of the kinds that are read.
    #[error("it is no JPEG, PNG, GIF or WebP")]
    Kind,
    /// More pixels or scans than a picture for a mail has.
    #[error("it would take too much to unpack it: {0}")]
    TooMuch(String),
    /// Damaged, or cut off.
    #[error("it cannot be read: {0}")]
    Damaged(String),
    /// It does not get small enough.
    #[error("its copy would have {0} bytes")]
    TooLarge(usize),
}

/// Copies a whole picture whose longer side is shown with `side` pixels; never enlarges it. Also the true width and height
/// of the picture, once it is upright.
///
/// Work for a core: up to a second for a large photograph. Takes a few hundred megabytes at worst.
pub fn copied(bytes: &[u8], side: u32) -> Result<(PictureCopy, (u32, u32)), CopyError> {
    let format = image::guess_format(bytes).map_err(|_| CopyError::Kind)?;
    let known = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP];
    if !known.contains(&format) {
        return Err(CopyError::Kind);
    }
    if format == ImageFormat::Jpeg && scans(bytes) > MOST_SCANS {
        return Err(CopyError::TooMuch("too many scans".to_owned()));
    }
    let damaged = |error: image::ImageError| CopyError::Damaged(error.to_string());
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(CopyError::TooMuch(format!("{width} × {height} pixels")));
    }
    let profile = decoder.icc_profile().ok().flatten().filter(|profile| is_for_screens(profile));
    let turned = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    picture = shrunk(picture, side.saturating_mul(SHARP));
    picture.apply_orientation(turned);
    let upright = (picture.width() > picture.height()) == (width > height);
    let copy = written(&picture, format, profile).map_err(damaged)?;
    if copy.bytes.len() > LARGEST_COPY {
        return Err(CopyError::TooLarge(copy.bytes.len()));
    }
    Ok((copy, if upright { (width, height) } else { (height, width) }))
}

/// The scans that a JPEG may have: in its data no such two bytes stand together.
fn scans(bytes: &[u8]) -> usize {
    memchr::memmem::find_iter(bytes, b"\xFF\xDA").count()
}

/// A profile of colours as screens have them; that of a printer would paint ours in other ones.
fn is_for_screens(profile: &[u8]) -> bool {
    profile.len() <= LONGEST_PROFILE && profile.get(16..20) == Some(b"RGB ")
}

/// Fits a picture into a square.
fn shrunk(picture: DynamicImage, most: u32) -> DynamicImage {
    let longer = picture.width().max(picture.height());
    if longer <= most {
        return picture;
    }
    // A quick mean of whole blocks first: of a large photograph little is left to be weighed.
    let rough = most.saturating_mul(3);
    let picture = if longer > rough { picture.thumbnail(rough, rough) } else { picture };
    picture.resize(most, most, FilterType::CatmullRom)
}

fn written(
    picture: &DynamicImage,
    from: ImageFormat,
    profile: Option<Vec<u8>>,
) -> Result<PictureCopy, image::ImageError> {
    let rgba = picture.color().has_alpha().then(|| picture.to_rgba8());
    let rgba = rgba.filter(|rgba| rgba.pixels().any(|pixel| pixel.0[3] != u8::MAX));
    if let Some(rgba) = rgba {
        return png(&DynamicImage::ImageRgba8(rgba), profile);
    }
    let picture = DynamicImage::ImageRgb8(picture.to_rgb8());
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    if let Some(profile) = &profile {
        // Without it the colours are nearly right.
        let _ = encoder.set_icc_profile(profile.clone());
    }
    picture.write_with_encoder(encoder)?;
    let jpeg = PictureCopy { kind: PictureKind::Jpeg, bytes };
    if matches!(from, ImageFormat::Png | ImageFormat::Gif) {
        // A drawing is often smaller without loss.
        let drawn = png(&picture, profile)?;
        if drawn.bytes.len() <= jpeg.bytes.len() {
            return Ok(drawn);
        }
    }
    Ok(jpeg)
}

fn png(picture: &DynamicImage, profile: Option<Vec<u8>>) -> Result<PictureCopy, image::ImageError> {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    if let Some(profile) = profile {
        // Without it the colours are nearly right.
        let _ = encoder.set_icc_profile(profile);
    }
    picture.write_with_encoder(encoder)?;
    Ok(PictureCopy { kind: PictureKind::Png, bytes })
}

#[cfg(test)]
#[path = "copying_tests.rs"]
mod tests;
