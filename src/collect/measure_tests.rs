//! Pictures of every kind, whole and cut off, and bytes that are none.

use proptest::prelude::*;

use super::*;

fn png(width: u32, height: u32) -> Vec<u8> {
    let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
    [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", &sides[..], b"\x08\x02\0\0\0\0\0\0\0"].concat()
}

fn gif(width: u16, height: u16) -> Vec<u8> {
    [b"GIF89a", &width.to_le_bytes()[..], &height.to_le_bytes(), b"\0\0\0"].concat()
}

/// A JPEG with so many bytes of notes before its size, and `fill` before each marker.
fn jpeg(width: u16, height: u16, notes: usize, fill: usize) -> Vec<u8> {
    let fill = vec![0xFF; fill];
    let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 1];
    for length in std::iter::repeat_n(60_000_u16, notes / 60_000) {
        bytes.extend([&fill[..], &[0xFF, 0xE1], &length.to_be_bytes()].concat());
        bytes.resize(bytes.len() + usize::from(length) - 2, 7);
    }
    let sides = [height.to_be_bytes(), width.to_be_bytes()].concat();
    bytes.extend([&fill[..], &[0xFF, 0xC2, 0, 11, 8], &sides, &[1, 1, 0x11, 0]].concat());
    bytes
}

fn webp(kind: &[u8; 4], rest: &[u8]) -> Vec<u8> {
    [b"RIFF\x40\0\0\0WEBP", &kind[..], b"\x20\0\0\0", rest, &[0; 16]].concat()
}

fn boxed(name: &[u8; 4], inside: &[u8]) -> Vec<u8> {
    let length = u32::try_from(inside.len() + 8).expect("is small");
    [&length.to_be_bytes()[..], name, inside].concat()
}

fn avif(brand: &[u8; 4], width: u32, height: u32) -> Vec<u8> {
    let sides = [[0; 4], width.to_be_bytes(), height.to_be_bytes()].concat();
    let properties = boxed(b"iprp", &boxed(b"ipco", &boxed(b"ispe", &sides)));
    let meta = boxed(b"meta", &[&[0; 4][..], &boxed(b"hdlr", &[0; 25]), &properties].concat());
    [boxed(b"ftyp", &[&brand[..], &[0; 4], brand].concat()), meta].concat()
}

fn every_kind(width: u16, height: u16) -> Vec<Vec<u8>> {
    let (w, h) = (u32::from(width), u32::from(height));
    let vp8 = [b"\0\0\0\x9d\x01\x2a", &(width | 0x4000).to_le_bytes()[..], &height.to_le_bytes()].concat();
    let lossless = [&[0x2F][..], &((w - 1) | (h - 1) << 14).to_le_bytes()].concat();
    let [a, b, c, _] = (w - 1).to_le_bytes();
    let [d, e, f, _] = (h - 1).to_le_bytes();
    vec![
        png(w, h),
        gif(width, height),
        jpeg(width, height, 0, 0),
        jpeg(width, height, 0, 3),
        webp(b"VP8 ", &vp8),
        webp(b"VP8L", &lossless),
        webp(b"VP8X", &[0, 0, 0, 0, a, b, c, d, e, f]),
        avif(b"avif", w, h),
    ]
}

#[test]
fn every_kind_of_picture_tells_its_size() {
    for bytes in every_kind(1200, 675) {
        for kind in [None, Some("image/jpeg"), Some("application/octet-stream"), Some("IMAGE/WEBP; q=1")] {
            assert_eq!(glance(&bytes, true, kind), Glance::Sized(1200, 675), "{kind:?} {:?}", &bytes[..16]);
        }
    }
}

#[test]
fn what_a_mail_cannot_show_is_no_picture() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='900' height='900'></svg>";
    let page = b"<!DOCTYPE html><title>Not found</title>";
    for (bytes, kind) in [
        (&svg[..], Some("image/svg+xml")),
        (svg, Some("image/png")),
        (page, Some("text/html")),
        (page, None),
        (b"", None),
        (&png(800, 600), Some("text/html; charset=utf-8")),
        (&png(800, 600), Some("image/svg+xml")),
        (&png(1, 1), None),
        (&gif(1, 1), None),
        (&png(99, 800), None),
        (&png(800, 16), None),
        (&png(50_000, 50_000), Some("image/png")),
        (&png(u32::MAX, u32::MAX), None),
        (&png(0, 800), None),
        (&avif(b"heic", 800, 600), Some("image/heic")),
        (b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x20\x03\0\0\x58\x02\0\0", Some("image/bmp")),
    ] {
        assert_eq!(glance(bytes, true, kind), Glance::NoPicture, "{kind:?} {:?}", bytes.get(..16));
    }
}

#[test]
fn a_size_behind_long_notes_is_unknown_until_more_is_read() {
    let long = jpeg(1600, 900, 180_000, 1);
    assert_eq!(glance(&long[..HEAD], false, None), Glance::Unsized);
    assert_eq!(glance(&long, true, None), Glance::Sized(1600, 900));
    assert_eq!(glance(&long[..HEAD], true, None), Glance::NoPicture, "it ends before it begins");
    assert_eq!(glance(&jpeg(1600, 0, 0, 0), true, None), Glance::Unsized);
}

proptest! {
    #[test]
    fn any_bytes_get_an_answer(
        kind in 0_usize..8,
        noise in prop::collection::vec((0_usize..200, any::<u8>()), 0..12),
        length in 0_usize..260,
        whole in any::<bool>(),
    ) {
        let mut bytes = every_kind(640, 480).swap_remove(kind);
        bytes.resize(bytes.len().max(200), 0xFF);
        for (at, byte) in noise {
            bytes[at] = byte;
        }
        bytes.truncate(length);
        if let Glance::Sized(width, height) = glance(&bytes, whole, None) {
            prop_assert!(width.min(height) >= SMALLEST && width.max(height) as usize <= LONGEST_SIDE);
        }
    }

    #[test]
    fn any_noise_gets_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..400), kind in 0_usize..5) {
        let heads: [&[u8]; 5] = [b"", b"\xFF\xD8\xFF", b"\x89PNG", b"RIFF\0\0\0\0WEBPVP8", b"\0\0\0\x14ftypavif"];
        let _ = glance(&[heads[kind], &bytes].concat(), false, None);
    }
}
