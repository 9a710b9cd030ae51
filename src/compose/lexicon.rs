//! The lexicon: the few words that folding knows by themselves.
//!
//! Small on purpose: what says little, what is a number in words, and what parts the members of a series. A language
//! that is not here is compared by its words alone.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A kind of word of which a story has its own: two that differ by one are two stories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Series {
    /// Monday to Sunday.
    Weekday,
    /// January to December.
    Month,
    /// First, second; roman numerals; the Chinese and Japanese words for the parts of a whole.
    Ordinal,
    /// Yesterday, today, tomorrow.
    Day,
    /// The B of "group B".
    Letter,
}

/// Words with the member of the series that they name; words of one member in all languages stand together.
const SERIES: [(Series, &str); 33] = [
    (Series::Weekday, "monday montag lundi lunes lunedi понедельник poniedziałek δευτερα pazartesi الاثنين"),
    (Series::Weekday, "tuesday dienstag mardi martes martedi вторник wtorek τριτη sali الثلاثاء"),
    (
        Series::Weekday,
        "wednesday mittwoch mercredi miercoles mercoledi среда sroda srode τεταρτη carsamba الاربعاء",
    ),
    (Series::Weekday, "thursday donnerstag jeudi jueves giovedi четверг czwartek πεμπτη persembe الخميس"),
    (Series::Weekday, "friday freitag vendredi viernes venerdi пятница piatek παρασκευη cuma الجمعه"),
    (
        Series::Weekday,
        "saturday samstag sonnabend samedi sabado sabato суббота sobota σαββατο cumartesi السبت",
    ),
    (Series::Weekday, "sunday sonntag dimanche domingo domenica воскресенье niedziela κυριακη pazar الاحد"),
    (Series::Month, "january januar janvier enero gennaio janeiro января يناير ינואר"),
    (Series::Month, "february februar fevrier febrero febbraio fevereiro февраля فبراير פברואר"),
    (Series::Month, "marz mars marzo março марта مارس מרץ"),
    (Series::Month, "april avril abril aprile апреля ابريل אפריל"),
    (Series::Month, "mai mayo maggio maio мая مايو מאי"),
    (Series::Month, "june juni juin junio giugno junho июня يونيو יוני"),
    (Series::Month, "july juli juillet julio luglio julho июля يوليو יולי"),
    (Series::Month, "august aout agosto августа اغسطس אוגוסט"),
    (Series::Month, "september septembre septiembre settembre setembro сентября سبتمبر ספטמבר"),
    (Series::Month, "october oktober octobre octubre ottobre outubro октября اكتوبر אוקטובר"),
    (Series::Month, "november novembre noviembre novembro ноября نوفمبر נובמבר"),
    (Series::Month, "december dezember decembre diciembre dicembre dezembro декабря ديسمبر דצמבר"),
    (Series::Ordinal, "first erste ersten erster premier premiere primera primer ראשונה ראשון الاولى الاول"),
    (
        Series::Ordinal,
        "second ii zweite zweiten zweiter deuxieme segunda segundo secondo שנייה שני الثانيه الثاني",
    ),
    (
        Series::Ordinal,
        "third iii dritte dritten dritter troisieme tercera tercer terzo שלישית שלישי الثالثه الثالث",
    ),
    (
        Series::Ordinal,
        "fourth iv vierte vierten vierter quatrieme cuarta cuarto quarto רביעית רביעי الرابعه الرابع",
    ),
    (Series::Ordinal, "fifth funfte funften cinquieme quinta quinto חמישית חמישי الخامسه الخامس"),
    (Series::Ordinal, "sixth vi sechste sechsten sixieme sexta sexto שישית שישי السادسه السادس"),
    (Series::Ordinal, "seventh vii siebte siebten septieme septima septimo"),
    (Series::Ordinal, "eighth viii achte achten huitieme octava octavo"),
    (Series::Ordinal, "ninth ix neunte neunten neuvieme novena noveno"),
    (Series::Ordinal, "tenth zehnte zehnten dixieme decima decimo"),
    (Series::Ordinal, "final finale letzte letzten derniere ultima"),
    (Series::Day, "yesterday gestern hier ayer ieri ontem вчера אתמול امس"),
    (Series::Day, "today heute aujourd hoy oggi hoje сегодня היום اليوم"),
    (Series::Day, "tomorrow morgen demain manana domani amanha завтра מחר غدا"),
];

/// Numbers in words; "one" and its like are articles more often than not.
const NUMBERS: [(&str, &str); 11] = [
    ("2", "two zwei deux dos dois два שני שתי"),
    ("3", "three drei trois tres tre три שלושה שלוש"),
    ("4", "four vier quatre cuatro quattro quatro четыре ארבעה ארבע"),
    ("5", "five funf cinq cinco cinque пять חמישה חמש"),
    ("6", "six sechs seis sei шесть שישה שש"),
    ("7", "seven sieben sept siete sette sete семь שבעה שבע"),
    ("8", "eight acht huit ocho otto oito восемь שמונה"),
    ("9", "nine neun neuf nueve nove девять תשעה תשע"),
    ("10", "ten zehn dix diez dieci dez десять עשרה עשר"),
    ("11", "eleven elf onze undici"),
    ("12", "twelve zwolf douze doce dodici doze"),
];

/// Words that every text has, and the names of agencies, which say only who passed it on.
const LITTLE: &str = "the an and or of in on at to for from by with as is are was were be been has have had it its this \
    that after before over into up out off not no but he she his her they their who which said says say will would than about \
    more new der die das den dem des ein eine einer eines einem einen und oder von vom im in am an auf zu zum zur mit nach \
    bei aus fur ist sind war waren wird werden hat haben nicht sich als auch es er sie wie uber la le les un une des du de \
    et ou dans sur au aux en par pour avec est sont ete son sa ses qui que se plus el los las una unos unas del al y o por \
    con para su sus es ha han il lo gli dei della delle nel nella di da che si uno os ao aos na no nos nas pelo pela um uma \
    com foi в во на и с со по из за к от о об для не что как это его ее был была были של את על עם אל לא הוא היא הם זה זו כי גם או \
    בין לפי כל יותר في من على الى عن مع ان هذا هذه التي الذي بعد قبل كان كانت وقال قال ve bir ile icin bu da de i w z na do \
    sie o od po ze jest reuters ap afp dpa upi ansa efe tass";

static OF_SERIES: LazyLock<HashMap<&'static str, (Series, usize)>> = LazyLock::new(|| {
    let words = |(member, (series, words)): (usize, &(Series, &'static str))| {
        words.split(' ').map(|word| (word, (*series, member))).collect::<Vec<_>>()
    };
    SERIES.iter().enumerate().flat_map(words).collect()
});
static OF_NUMBERS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    NUMBERS.iter().flat_map(|(number, words)| words.split(' ').map(|word| (word, *number))).collect()
});
static OF_LITTLE: LazyLock<std::collections::HashSet<&'static str>> =
    LazyLock::new(|| LITTLE.split_ascii_whitespace().collect());

/// The series of a word, and which member of it.
pub(super) fn series(word: &str) -> Option<(Series, usize)> {
    OF_SERIES.get(word).copied()
}

/// The digits for a number in words.
pub(super) fn number(word: &str) -> Option<&'static str> {
    OF_NUMBERS.get(word).copied()
}

/// True of words that say little.
pub(super) fn is_little(word: &str) -> bool {
    OF_LITTLE.contains(word)
}

/// The series of a character that stands alone: upper, middle and lower part.
pub(super) fn series_of_one(c: char) -> Option<Series> {
    matches!(c, '上' | '中' | '下' | '前' | '後' | '后').then_some(Series::Ordinal)
}

/// The series of two characters: 第二, 上篇, 周一, 月曜.
pub(super) fn series_of_two(first: char, second: char) -> Option<Series> {
    let numeral = "一二三四五六七八九十".contains(second);
    match (first, second) {
        ('第', _) if numeral => Some(Series::Ordinal),
        ('上' | '中' | '下' | '前' | '後' | '后', '篇' | '編' | '编' | '集') => {
            Some(Series::Ordinal)
        }
        ('周' | '期', '一' | '二' | '三' | '四' | '五' | '六' | '日' | '天') => {
            Some(Series::Weekday)
        }
        (
            '月' | '火' | '水' | '木' | '金' | '土' | '日' | '월' | '화' | '수' | '목' | '금' | '토' | '일',
            '曜' | '요',
        ) => Some(Series::Weekday),
        ('昨' | '今' | '明', '天' | '日') => Some(Series::Day),
        _ => None,
    }
}
