//! What stands where an article was expected: walls, errors, tests for machines, doors that ask for a password.

use super::reading_parts::Page;
use super::reading_signs::Signs;
use super::reading_title::SEPARATORS;
use super::text;
use super::tree::Kind;

/// So much text behind an article may still be its wall, in columns.
const BEHIND: usize = 600;
/// No line of a wall is longer, and no sentence of one, in columns.
const LINE: usize = 320;
const SENTENCE: usize = 110;
/// Paragraphs are as long at least; so many of them behind a wall show that it is none.
const PARAGRAPH: usize = 120;
const GOES_ON: usize = 2;
/// A door has less text than that beside it, in columns; and no more paragraphs.
const LITTLE: usize = 400;
const FEW: usize = 6;
/// A title says no more than that beside the words for an error, in columns.
const BESIDE: usize = 22;
const NEXT_TO_NOTHING: usize = 7;

#[rustfmt::skip]
const WALLS: &[&str] = &[
    "subscribe to continue", "subscribe to read the", "subscribe to read this", "subscribe to read more",
    "subscribe to read on", "subscribe to keep reading", "subscribe to unlock", "subscribe now to read",
    "to continue reading", "to keep reading", "to read the full", "to read this article",
    "to read the rest of this", "already a subscriber", "this article is for subscribers",
    "this story is for subscribers", "this content is for subscribers", "reserved for subscribers",
    "available to subscribers", "exclusive to subscribers", "for subscribers only", "for members only",
    "subscribers only", "this post is for paid subscribers", "unlock this article", "unlock this story",
    "register to continue", "log in to continue", "sign in to continue", "you have reached your limit",
    "you’ve reached your limit", "your free articles", "your last free article",
    // Hebrew, Arabic, Persian
    "להמשך קריאה", "להמשך הקריאה", "המשך קריאה למנויים", "תוכן למנויים", "כתבה זו למנויים", "הכתבה למנויים",
    "למנויים בלבד", "למנויי", "לקריאת הכתבה המלאה", "لمتابعة القراءة", "لمواصلة القراءة", "للمشتركين فقط",
    "هذا المحتوى للمشتركين", "محتوى حصري للمشتركين", "لقراءة المقال كاملا", "ویژه مشترکان",
    // German, Dutch, Scandinavian, Finnish
    "um weiterzulesen", "um diesen artikel zu lesen", "nur für abonnenten", "exklusiv für abonnenten",
    "ist abonnenten vorbehalten", "weiterlesen mit", "sie haben bereits ein abo", "schon abonnent",
    "om verder te lezen", "alleen voor abonnees", "exclusief voor abonnees", "om dit artikel te lezen",
    "för att läsa vidare", "endast för prenumeranter", "for å lese videre", "kun for abonnenter",
    "for at læse videre", "vain tilaajille", "jatka lukemista tilaamalla",
    // French
    "pour lire la suite", "la suite est réservée", "réservé aux abonnés", "réservée aux abonnés",
    "réservés aux abonnés", "article réservé", "de cet article à lire", "déjà abonné", "débloquez cet article",
    // Spanish, Catalan, Portuguese, Italian
    "para seguir leyendo", "para continuar leyendo", "solo para suscriptores", "sólo para suscriptores",
    "exclusivo para suscriptores", "contenido exclusivo", "ya soy suscriptor", "per continuar llegint",
    "para continuar lendo", "para continuar a ler", "exclusivo para assinantes", "conteúdo exclusivo para",
    "já é assinante", "riservato agli abbonati", "riservata agli abbonati", "per continuare a leggere",
    "sei già abbonato", "contenuto riservato",
    // Polish, Czech, Hungarian, Russian, Ukrainian, Turkish, Greek
    "dostęp tylko dla prenumeratorów", "aby czytać dalej", "tylko dla subskrybentów", "pouze pro předplatitele",
    "pro předplatitele", "csak előfizetőknek", "чтобы продолжить чтение", "чтобы читать дальше",
    "только для подписчиков", "доступно подписчикам", "тільки для передплатників", "okumaya devam etmek için",
    "sadece abonelere", "abonelere özel", "μόνο για συνδρομητές",
    // Japanese, Chinese, Korean
    "会員限定", "有料会員", "購読者限定", "続きを読むには", "この記事は有料", "订阅后继续阅读", "仅限订阅",
    "訂閱後繼續閱讀", "付费阅读", "구독자 전용", "계속 읽으려면",
];

/// Those of them that are said of much else.
#[rustfmt::skip]
const MANIFOLD: &[&str] = &[
    "to continue reading", "to keep reading", "to read the full", "to read this article", "to read the rest of this", "for members only",
    "contenido exclusivo", "conteúdo exclusivo para", "contenuto riservato", "weiterlesen mit", "om dit artikel te lezen",
];

/// Who says them and wants something says one of these as well.
#[rustfmt::skip]
const WANTED: &[&str] = &[
    "subscri", "sign in", "sign up", "log in", "login", "register", "become a member", "become a ", "join ", "account", "trial", "already a",
    "unlock", "free article", "$", "£", "€", "abonn", " abo", "suscri", "suscrí", "assin", "regístr", "inicia", "abbon", "accedi", "anmeld",
];

/// What the title of a page says that is none, in lower case.
#[rustfmt::skip]
const ERRORS: &[&str] = &[
    "page not found", "page cannot be found", "page can't be found", "page can’t be found", "page could not be found",
    "page was not found", "page isn't available", "page isn’t available", "page is not available",
    "page does not exist", "page doesn't exist", "page doesn’t exist", "page no longer exists",
    "find that page", "find this page", "find the page", "article not found", "story not found", "content not found",
    "file not found", "error 404", "404 error", "404 not found", "http 404", "access denied", "403 forbidden",
    "error 403", "error 500", "error 503", "just a moment", "attention required", "are you a robot", "are you human",
    "you are human", "you are not a robot", "security check", "checking your browser", "unusual traffic",
    "service unavailable", "temporarily unavailable", "be back soon", "be right back", "scheduled maintenance",
    "under maintenance", "maintenance mode", "internal server error", "bad gateway", "gateway timeout",
    "gateway time-out", "something went wrong", "an error occurred", "error has occurred", "too many requests",
    "request blocked", "you have been blocked", "enable javascript",
    // Hebrew, Arabic, Persian
    "הדף לא נמצא", "העמוד לא נמצא", "דף לא נמצא", "עמוד לא נמצא", "המבוקש לא נמצא", "שגיאה 404", "שגיאת 404",
    "הגישה נדחתה", "האתר בתחזוקה", "הכתבה לא נמצאה", "הדף אינו קיים", "העמוד אינו קיים", "הדף שחיפשת",
    "الصفحة غير موجودة", "لم يتم العثور على", "خطأ 404", "تم رفض الوصول", "الوصول مرفوض",
    "الموقع تحت الصيانة", "الصفحة المطلوبة غير", "صفحه پیدا نشد", "صفحه یافت نشد",
    // German, Dutch, Scandinavian, Finnish
    "seite nicht gefunden", "seite wurde nicht gefunden", "seite konnte nicht gefunden", "seite existiert nicht",
    "seite gibt es nicht", "seite ist nicht verfügbar", "artikel nicht gefunden", "fehler 404", "zugriff verweigert",
    "wartungsarbeiten", "wartungsmodus", "sind sie ein roboter", "sicherheitsüberprüfung", "pagina niet gevonden",
    "pagina bestaat niet", "toegang geweigerd", "sidan hittades inte", "sidan kunde inte hittas",
    "sidan finns inte", "siden blev ikke fundet", "siden findes ikke", "siden ble ikke funnet", "fant ikke siden",
    "finner ikke siden", "sivua ei löytynyt", "sivua ei löydy",
    // French, Spanish, Catalan, Portuguese, Italian, Romanian
    "page non trouvée", "page introuvable", "page pas trouvée", "page n'existe pas", "page n’existe pas",
    "page n'a pas été trouvée", "erreur 404", "accès refusé", "accès interdit", "site en maintenance",
    "página no encontrada", "página no existe", "no se encuentra la página", "no se ha encontrado la página",
    "acceso denegado", "sitio en mantenimiento", "pàgina no trobada", "página não encontrada",
    "página não existe", "erro 404", "acesso negado", "site em manutenção", "pagina non trovata",
    "pagina non esiste", "errore 404", "accesso negato", "sito in manutenzione", "pagina nu a fost găsită",
    // Slavic, Hungarian, Turkish, Greek
    "strona nie została znaleziona", "nie znaleziono strony", "strona nie istnieje", "odmowa dostępu",
    "stránka nenalezena", "stránka nebyla nalezena", "stránka neexistuje", "az oldal nem található",
    "страница не найдена", "страница не существует", "ошибка 404", "доступ запрещен", "доступ запрещён",
    "сторінку не знайдено", "сайт на обслуживании", "sayfa bulunamadı", "erişim engellendi",
    "η σελίδα δεν βρέθηκε", "stranica nije pronađena",
    // Japanese, Chinese, Korean, Hindi
    "ページが見つかりません", "ページは見つかりません", "ページは存在しません", "見つかりませんでした", "アクセスが拒否",
    "メンテナンス中", "页面不存在", "页面未找到", "找不到页面", "未找到页面", "頁面不存在", "找不到頁面", "拒绝访问",
    "페이지를 찾을 수 없습니다", "존재하지 않는 페이지", "접근이 거부", "पृष्ठ नहीं मिला", "पेज नहीं मिला",
];

/// Titles that say nothing else.
#[rustfmt::skip]
const BARE_ERRORS: &[&str] = &[
    "404", "403", "500", "503", "error", "oops", "forbidden", "not found", "nothing found", "maintenance",
    "blocked", "captcha", "robot check", "redirecting", "unavailable", "fehler", "nicht gefunden", "wartung",
    "erreur", "no encontrado", "não encontrado", "non trovato", "niet gevonden", "nie znaleziono", "не найдено",
    "ошибка", "לא נמצא", "שגיאה", "غير موجود", "خطأ", "bulunamadı", "見つかりません", "エラー", "오류",
];

/// How the titles of doors begin that ask for a password.
#[rustfmt::skip]
const LOGINS: &[&str] = &[
    "log in", "login", "log-in", "sign in", "signin", "sign-in", "anmelden", "anmeldung", "einloggen", "inloggen",
    "logga in", "logg inn", "log ind", "kirjaudu", "connexion", "se connecter", "connectez-vous", "identifiez-vous",
    "iniciar sesión", "inicia sesión", "inicie sesión", "acceder", "entrar", "iniciar sessão", "fazer login",
    "accedi", "zaloguj", "logowanie", "přihlášení", "přihlásit", "bejelentkezés", "войти", "вход", "увійти",
    "giriş", "oturum aç", "σύνδεση", "התחברות", "כניסה", "התחבר", "تسجيل الدخول", "دخول", "ورود", "ログイン",
    "登录", "登錄", "登入", "로그인",
];

/// True if an article breaks off where a line in it or right behind it asks for money or a login.
pub(super) fn is_walled(page: &Page<'_>, roots: &[usize]) -> bool {
    let Page { tree, said, heading, .. } = *page;
    let first = roots.first().copied().unwrap_or(0);
    let end = roots.last().map_or(0, |last| tree.end(*last));
    let from = heading.unwrap_or(first).min(first);
    let wall = |at: &usize| {
        said.both(*at).has(Signs::WALL)
            && tree.end(*at) > at + 1
            && roots.iter().all(|root| !tree.is_in(*root, *at))
            && !said.hidden[*at]
            && tree.text(*at, &said.hidden).chars().count() > 20
    };
    let to = tree.nodes.len().min(end.max(from) + 2 * BEHIND);
    if (from..to).find(|at| said.both(*at).has(Signs::WALL) && *at > first).is_some_and(|at| wall(&at)) {
        return true;
    }
    let (mut walled, mut behind) = (false, 0);
    for line in lines(page, from, end) {
        if asks(&line) {
            (walled, behind) = (true, 0);
        } else if text::columns(&line) >= PARAGRAPH {
            behind += 1;
            walled &= behind < GOES_ON;
        }
    }
    walled
}

/// The lines from a node on that are no menu and no foot, up to some behind `end`.
fn lines(page: &Page<'_>, from: usize, end: usize) -> Vec<String> {
    let Page { tree, said, .. } = *page;
    let (mut lines, mut line, mut at, mut behind) = (Vec::new(), String::new(), from, 0);
    let mut closes: Vec<usize> = Vec::new();
    while at < tree.nodes.len() && (at < end || behind < BEHIND) {
        while closes.pop_if(|close| *close <= at).is_some() {
            lines.push(std::mem::take(&mut line));
        }
        let name = tree.name(at);
        let signs = said.both(at);
        let apart = matches!(name, "footer" | "nav" | "script" | "style" | "template" | "form")
            || (matches!(name, "header" | "aside")
                && !signs.has(Signs::WALL)
                && tree.end(at) <= end.max(from))
            || (matches!(name, "aside" | "header") && at >= end && !signs.has(Signs::WALL))
            || (at >= end && (signs.has(Signs::FOOTER) || signs.has(Signs::CONSENT)));
        if said.hidden[at] || (apart && !page.heading.is_some_and(|heading| tree.is_in(heading, at))) {
            at = tree.end(at).max(at + 1);
            continue;
        }
        if let Kind::Text(written) = &tree.nodes[at].kind {
            let written = super::entity::decode(written);
            behind += if at >= end { text::columns(written.trim()) } else { 0 };
            line.push_str(&written);
        } else if super::tree::is_parting(name) {
            lines.push(std::mem::take(&mut line));
            closes.push(tree.end(at));
        }
        at += 1;
    }
    lines.push(line);
    lines.iter().map(|line| text::flowed(line)).filter(|line| !line.is_empty()).collect()
}

/// True for a line that asks for money or a login before it goes on: a phrase of that in a short sentence.
fn asks(line: &str) -> bool {
    if text::columns(line) > LINE {
        return false;
    }
    let lower = line.to_lowercase();
    let mut sentences = lower.split(['.', '!', '?', '。', '؟', '！', '？', '…']);
    let wants = WANTED.iter().any(|word| lower.contains(word));
    sentences.any(|one| {
        let one = one.trim();
        let meant = |wall: &&str| {
            wants || !MANIFOLD.contains(wall) || one.starts_with(*wall) || one.starts_with("this ")
        };
        text::columns(one) <= SENTENCE && WALLS.iter().any(|wall| one.contains(wall) && meant(wall))
    })
}

/// True for an error or a test for machines in place of an article, by its title and its first heading.
///
/// What says more than that is believed of a page that has little text and does not call itself an article.
pub(super) fn is_stand_in(page: &Page<'_>, length: usize, declared: bool) -> bool {
    let beside = if length < LITTLE && !declared { BESIDE } else { NEXT_TO_NOTHING };
    titles(page).iter().any(|title| says_error(title, beside))
}

/// True for a door that asks for a password or an address: by its title, or because there is next to nothing beside it.
pub(super) fn is_door(page: &Page<'_>, length: usize, declared: bool) -> bool {
    let tree = page.tree;
    let of = |kinds: &[&str]| {
        tree.named(0, "input").any(|at| {
            let kind = tree.attribute(at, "type").unwrap_or_default().to_ascii_lowercase();
            kinds.contains(&kind.as_str()) && !page.said.hidden[at]
        })
    };
    // A form that asks for an address alone is that of a newsletter on most pages.
    let beside = if of(&["password"]) { BESIDE } else { 0 };
    let named = || titles(page).iter().any(|title| begins(title, beside));
    // Many pages have a small door in their head.
    let alone = || !declared && length < LITTLE && tree.named(0, "p").count() <= FEW;
    (of(&["password", "email"]) && named()) || (of(&["password"]) && alone())
}

/// What a page calls itself, whole and in its parts.
fn titles(page: &Page<'_>) -> Vec<String> {
    let Page { tree, said, meta, .. } = *page;
    let heading = (1..tree.nodes.len()).find(|at| tree.name(*at) == "h1" && !said.hidden[*at]);
    let heading = heading.map(|at| tree.text(at, &said.hidden)).unwrap_or_default();
    let mut titles = vec![meta.title.clone(), page.headline.to_owned(), heading];
    titles.extend(SEPARATORS.iter().flat_map(|sep| meta.title.split(sep)).map(str::to_owned));
    titles
}

fn begins(title: &str, beside: usize) -> bool {
    let title = bare(title);
    let whole = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() && !text::is_wide(c));
    LOGINS.iter().any(|login| {
        title.strip_prefix(login).is_some_and(|rest| whole(rest) && text::columns(rest) <= beside)
    })
}

fn says_error(title: &str, beside: usize) -> bool {
    let title = bare(title);
    let columns = text::columns(&title);
    let short = |error: &&&str| columns <= text::columns(error) + beside;
    BARE_ERRORS.contains(&title.as_str()) || ERRORS.iter().filter(short).any(|error| title.contains(error))
}

/// Lower case without signs at both ends.
fn bare(title: &str) -> String {
    let title = title[..title.floor_char_boundary(400)].to_lowercase();
    title.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_known_by_its_title_in_any_language() {
        for title in [
            "Page not found",
            "404",
            "Sorry, we can't find that page!",
            "Access denied",
            "Just a moment...",
            "Seite nicht gefunden",
            "Cette page n’existe pas",
            "Página no encontrada",
            "Страница не найдена",
            "הדף לא נמצא",
            "الصفحة غير موجودة",
            "お探しのページが見つかりません",
            "페이지를 찾을 수 없습니다",
        ] {
            assert!(says_error(title, BESIDE), "{title}");
        }
        for title in [
            "",
            "404 artists in one hall",
            "The page not found: how a diary of the siege came to light after sixty years",
            "Access denied to a third of the county's footpaths, walkers say",
            "Maintenance of the bridge begins",
        ] {
            assert!(!says_error(title, BESIDE), "{title}");
        }
    }

    #[test]
    fn a_wall_is_a_short_sentence_that_asks() {
        for line in [
            "Subscribe to continue reading.",
            "Il vous reste 75% de cet article à lire. La suite est réservée aux abonnés.",
            "Dieser Artikel ist nur für Abonnenten. Jetzt testen für 1 Euro.",
            "この記事は会員限定です。",
        ] {
            assert!(asks(line), "{line}");
        }
        for line in [
            "The paper asked readers to subscribe to continue reading its online edition, a move that divided the town, and the \
             mayor said she would not pay a penny for it.",
            "Subscribe to read our e-paper",
            "",
        ] {
            assert!(!asks(line), "{line}");
        }
    }
}
