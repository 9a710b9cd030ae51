//! Copies of real and of hostile pictures.

use image::{Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;

/// A photograph of sorts: no two pixels beside each other are the same.
fn photograph(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([(x * 7 % 256) as u8, (y * 13 % 256) as u8, ((x ^ y) % 256) as u8])
    })
}

fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).expect("is written");
    bytes.into_inner()
}

fn sides(copy: &PictureCopy) -> (u32, u32) {
    let read = image::load_from_memory(&copy.bytes).expect("is a picture");
    (read.width(), read.height())
}

#[test]
fn a_copy_is_twice_as_large_as_it_is_shown_and_never_enlarged() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        for ((width, height), side, expected) in [
            ((240, 135), 60, (120, 68)),
            ((135, 240), 60, (68, 120)),
            ((240, 135), 500, (240, 135)),
            ((400, 2), 10, (20, 1)),
        ] {
            let (copy, whole) = copied(&file(photograph(width, height), format), side).expect("is copied");
            assert_eq!((sides(&copy), whole), (expected, (width, height)), "{format:?} {side}");
        }
    }
}

#[test]
fn what_shows_its_ground_stays_a_drawing_and_what_is_flat_is_no_photograph() {
    let clear = RgbaImage::from_fn(120, 120, |x, _| Rgba([200, 30, 30, if x < 60 { 0 } else { 255 }]));
    let flat = RgbImage::from_pixel(300, 200, Rgb([20, 90, 160]));
    let opaque = RgbaImage::from_fn(120, 120, |x, y| {
        Rgba([(x * 7 % 256) as u8, (y * 13 % 256) as u8, (x * y % 256) as u8, 255])
    });
    for (bytes, kind) in [
        (file(clear, ImageFormat::Png), PictureKind::Png),
        (file(flat, ImageFormat::Png), PictureKind::Png),
        (file(opaque, ImageFormat::WebP), PictureKind::Jpeg),
        (file(photograph(120, 90), ImageFormat::Jpeg), PictureKind::Jpeg),
    ] {
        assert_eq!(copied(&bytes, 100).expect("is copied").0.kind, kind);
    }
}

/// The notes of a camera that was held sideways, and at a place.
fn exif(orientation: u8) -> Vec<u8> {
    let tiff =
        [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", &[orientation, 0, 0, 0, 0, 0, 0, 0][..]].concat();
    let notes = [b"Exif\0\0", &tiff[..], b"GPS 53.5511 N 9.9937 E"].concat();
    let length = u16::try_from(notes.len() + 2).expect("is short").to_be_bytes();
    [&[0xFF, 0xE1], &length[..], &notes].concat()
}

#[test]
fn a_photograph_is_turned_upright_and_tells_nobody_where_it_was_taken() {
    let jpeg = file(photograph(200, 100), ImageFormat::Jpeg);
    let turned = [&jpeg[..2], &exif(6), &jpeg[2..]].concat();
    let (copy, whole) = copied(&turned, 50).expect("is copied");
    assert_eq!((sides(&copy), whole), ((50, 100), (100, 200)));
    assert!(memchr::memmem::find(&copy.bytes, b"GPS").is_none());
    assert!(memchr::memmem::find(&copy.bytes, b"Exif").is_none());
}

#[test]
fn what_would_take_too_much_is_not_unpacked() {
    let mut bomb = file(RgbImage::new(1, 1), ImageFormat::Png);
    bomb[16..24].copy_from_slice(&[50_000_u32.to_be_bytes(), 50_000_u32.to_be_bytes()].concat());
    // The sum over the header, so that it is no mere damage.
    let mut sum = flate2::Crc::new();
    sum.update(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&sum.sum().to_be_bytes());
    let refused = copied(&bomb, 500).expect_err("is a bomb");
    assert!(matches!(refused, CopyError::TooMuch(_) | CopyError::Damaged(_)), "{refused}");

    let jpeg = file(photograph(20, 10), ImageFormat::Jpeg);
    let many = [&jpeg[..jpeg.len() - 2], &b"\xFF\xDA\0\x02".repeat(200), &jpeg[jpeg.len() - 2..]].concat();
    assert!(matches!(copied(&many, 50), Err(CopyError::TooMuch(_))));
    for other in [&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], b"", b"BM\0\0", b"<!DOCTYPE html>"] {
        assert!(matches!(copied(other, 50), Err(CopyError::Kind)));
    }
    assert!(matches!(copied(&jpeg[..200], 50), Err(CopyError::Damaged(_)) | Ok(_)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn damaged_pictures_are_copied_or_refused(
        kind in 0_usize..4,
        noise in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        keep in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let formats = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif];
        let mut bytes = file(photograph(24, 17), formats[kind]);
        for (at, byte) in noise {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cut {
            let length = keep.index(bytes.len());
            bytes.truncate(length);
        }
        if let Ok((copy, _)) = copied(&bytes, 20) {
            let (width, height) = sides(&copy);
            prop_assert!(width.max(height) <= 40);
        }
    }
}
