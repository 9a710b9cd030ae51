//! What lint finds in an edition is told before its readers tell it, once, and never stops a release.

use chrono::TimeDelta;
use pressrun::model::Instant;
use pressrun::store::Verdict;

use crate::cli::{apart, newcomer, text};
use crate::publishing::{Press, timetable};

/// The notice about the digest's faults: its words, and since when.
async fn notice(press: &Press) -> Option<(String, Instant)> {
    let notices = press.store().notices().await.unwrap();
    notices.into_iter().find(|notice| notice.key == "lint:morning").map(|notice| (notice.text, notice.at))
}

/// Lets the next hour come, with something new; true if an edition went out.
async fn published(press: &mut Press) -> bool {
    press.tell().await;
    press.world.turn_clock(TimeDelta::hours(1));
    let all = press.tick().await;
    all.iter().any(|published| matches!(published.verdict, Verdict::Published(_)))
}

#[tokio::test]
async fn faults_of_an_edition_are_one_notice_until_they_are_mended_and_stop_nothing() {
    let mut press = Press::with(timetable("0 * * * *")).await;
    assert!(published(&mut press).await);
    assert_eq!(notice(&press).await, None, "what is well is not spoken of");
    press.order.digests[0].subject = "{title}!!!".to_owned();
    assert!(published(&mut press).await);
    let first = notice(&press).await.expect("a notice");
    assert!(
        first.0.contains("subject-exclaims") && first.0.contains("pressrun preview morning"),
        "{first:?}"
    );
    assert!(published(&mut press).await);
    assert_eq!(notice(&press).await, Some(first), "it is told anew each time");
    press.order.digests[0].subject = "{title}: {lead}".to_owned();
    assert!(published(&mut press).await);
    assert_eq!(notice(&press).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sends_by_hand_and_whoever_looks_at_an_edition_read_its_faults() {
    let (folder, _newsroom) = newcomer().await;
    apart!({
        folder.ok(&["subscribers", "add", "ann@a.example"]);
        let output = folder.run(&["send", "morning"]);
        let said = text(&output.stderr);
        assert!(
            output.status.success() && said.contains("morning: its letters go out with warnings"),
            "{said}"
        );
        let shown = folder.ok(&["editions", "show", "1"]);
        assert!(shown.contains("warning sender-unnamed: ") && shown.contains("(header)"), "{shown}");
    });
}
