//! (stub)
pub struct Sample {
    pub name: &'static str,
    pub file: &'static str,
    pub content_type: &'static str,
}
impl Sample {
    pub fn document(&self, _n: crate::model::Instant, _o: &str) -> String {
        String::new()
    }
}
pub const ALL: &[Sample] = &[];
pub const PICTURES: &[(&str, &[u8])] = &[];
pub struct Part {
    pub title: &'static str,
    pub sources: &'static [&'static str],
}
pub const SECTIONS: &[Part] = &[];
