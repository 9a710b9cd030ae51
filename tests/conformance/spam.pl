#!/usr/bin/perl
# Asks SpamAssassin, local tests only, what it thinks of each file named on the command line.
# Prints one JSON finding a line: a score above 2.0, or a rule that says the letter is built wrongly.
# Nothing of this machine's SpamAssassin counts but its rules: configuration, preferences and state are empty.
use strict;
use warnings;
use File::Temp qw(tempdir);
use JSON::PP;
use Mail::SpamAssassin;

my $LIMIT = 2.0;
my $NEVER = qr/^(?:MIME_HTML_ONLY|MPART_ALT_DIFF|MISSING_|MIME_BASE64_TEXT|HTML_IMAGE_ONLY|RATWARE|INVALID_DATE|INVALID_MSGID)/;
my @PLUGINS = qw(Check MIMEHeader ReplaceTags HTTPSMismatch URIDetail BodyEval HTMLEval HeaderEval MIMEEval RelayEval
  URIEval WLBLEval VBounce ImageInfo FreeMail DNSEval AskDNS);

my $folder = tempdir(CLEANUP => 1);
open(my $pre, '>', "$folder/init.pre") or die "$folder: $!\n";
print {$pre} "loadplugin Mail::SpamAssassin::Plugin::$_\n" for @PLUGINS;
close $pre;

my $assassin = Mail::SpamAssassin->new({
    local_tests_only     => 1,
    dont_copy_prefs      => 1,
    site_rules_filename  => $folder,
    rules_filename       => '/usr/share/spamassassin',
    userprefs_filename   => "$folder/none",
    userstate_dir        => $folder,
    home_dir_for_helpers => $folder,
    post_config_text     => "use_bayes 0\nuse_auto_welcomelist 0\nskip_rbl_checks 1\n",
});
$assassin->compile_now(0, 1);

my $json = JSON::PP->new->canonical->utf8;
for my $file (@ARGV) {
    open(my $in, '<:raw', $file) or die "$file: $!\n";
    my $mail = $assassin->parse(do { local $/; <$in> }, 1);
    my $status = $assassin->check($mail);
    my %scores = map { $_ => $status->{conf}{scores}{$_} } split /,/, $status->get_names_of_tests_hit;
    my $named = join ' ', map { "$_=$scores{$_}" } grep { $scores{$_} > 0.05 } sort keys %scores;
    my $report = sub {
        print $json->encode({ rule => 'SA', file => $file, where => 'the letter', found => $_[0], expected => $_[1] }), "\n";
    };
    $report->(sprintf('a score of %.1f: %s', $status->get_score, $named), "at most $LIMIT") if $status->get_score > $LIMIT;
    $report->($_, 'this rule not to fire') for grep { $_ =~ $NEVER } sort keys %scores;
    $status->finish;
    $mail->finish;
}
$assassin->finish;
