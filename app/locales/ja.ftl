# 訪問者が日本語で読む文言。

## 各ページの枠

skip = 本文へ移動
nav = メイン
nav-status = 状況
nav-history = 履歴
nav-subscribe = 通知の登録
nav-help = 502とは？
foot-feed = Atomフィード
foot-causes = 502の原因（英語）
foot-sign-in = サインイン
foot-times = 時刻はすべてUTCです。監視：Gatewatch
feed-title = インシデント
crumb-status = 状況
to-status = 状況ページへ
silent = {"{time}"} UTC以降、更新がありません

## 状態、段階、影響

state-operational = 正常稼働中
state-degraded = パフォーマンス低下
state-partial-outage = 部分停止
state-outage = 停止
state-maintenance = メンテナンス中
state-unknown = 不明
phase-investigating = 調査中
phase-identified = 原因特定
phase-monitoring = 経過観察中
phase-resolved = 解決済み
postmortem = 事後報告
impact-none = お知らせ
impact-minor = 軽微
impact-major = 重大
impact-critical = 致命的
impact = 影響：{ $impact }

## 数、時間、日付

percent = { $share }%
duration-ms = { $number }ミリ秒
duration-s = { $number }秒
duration-min = { $number }分
duration-h = { $number }時間
duration-d = { $number }日
duration-two = { $big }{ $small }
age-short = 1分未満
month-long =
    { $month ->
        [1] 1月
        [2] 2月
        [3] 3月
        [4] 4月
        [5] 5月
        [6] 6月
        [7] 7月
        [8] 8月
        [9] 9月
        [10] 10月
        [11] 11月
       *[12] 12月
    }
month-short =
    { $month ->
        [1] 1月
        [2] 2月
        [3] 3月
        [4] 4月
        [5] 5月
        [6] 6月
        [7] 7月
        [8] 8月
        [9] 9月
        [10] 10月
        [11] 11月
       *[12] 12月
    }
date-time = { $year }年{ $month }{ $day }日 { $time } UTC
date-time-precise = { $month }{ $day }日 { $time } UTC
time-utc = { $time } UTC
day-long = { $year }年{ $month }{ $day }日
day-short = { $month }{ $day }日
month-year = { $year }年{ $month }
no-time = （無効な時刻）

## 障害について伝えること

reason-status = ステータス { $status }
reason-name-not-found = 名前が見つかりません
reason-name-server-silent = ネームサーバーが応答しません
reason-refused = 接続が拒否されました
reason-no-route = 経路がありません
reason-connect-timeout = 接続がタイムアウトしました
reason-tls-handshake = TLSハンドシェイクに失敗しました
reason-certificate = 証明書が有効ではありません
reason-reset = 接続がリセットされました
reason-closed-early = 接続が途中で閉じられました
reason-read-timeout = 時間内に応答がありません
reason-bad-http = 応答が不正です
reason-unexpected-status = 想定外のステータスです
reason-body = 想定外の内容です
reason-not-measured = 測定できませんでした
reason-no-data = データなし
reason-dependency = 依存先が停止しています
reason-certificate-ends = 証明書の期限が近づいています
reason-slow = 応答が遅くなっています
reason-unstable = 不安定：{ $span }以内に状態が{ $count }回変化しました
reason-join = { $first }、{ $second }
blind-slept = ホストがスリープしていました
blind-stalled = プロセスが止まっていたか、ホストが過負荷です
blind-clock = 時計が変更されました
blind-no-route = ホストからネットワークへの経路がありません
blind-next-hop = ホストのゲートウェイが応答しません
blind-canaries = 監視側のネットワークが応答しません
blind-names = ネームサーバーが応答しません

## 状況ページ

overall = 全体の状態
as-of = { $time }現在
headline-nothing = まだ何も監視していません
headline-operational = すべてのシステムは正常に稼働しています
headline-one =
    { $state ->
        [degraded] { $name }のパフォーマンスが低下しています
        [partial-outage] { $name }の一部が停止しています
        [outage] { $name }が停止しています
        [maintenance] { $name }はメンテナンス中です
       *[unknown] { $name }は現在測定できていません
    }
headline-all =
    { $state ->
        [degraded] { $all }個すべてのコンポーネントのパフォーマンスが低下しています
        [partial-outage] { $all }個すべてのコンポーネントの一部が停止しています
        [outage] { $all }個すべてのコンポーネントが停止しています
        [maintenance] { $all }個すべてのコンポーネントがメンテナンス中です
       *[unknown] { $all }個すべてのコンポーネントを現在測定できていません
    }
headline-some =
    { $state ->
        [degraded] { $all }個中{ $number }個のコンポーネントのパフォーマンスが低下しています
        [partial-outage] { $all }個中{ $number }個のコンポーネントの一部が停止しています
        [outage] { $all }個中{ $number }個のコンポーネントが停止しています
        [maintenance] { $all }個中{ $number }個のコンポーネントがメンテナンス中です
       *[unknown] { $all }個中{ $number }個のコンポーネントを現在測定できていません
    }
status-description = { $headline }。{ $title }の状態、履歴、インシデント。
since-age = { $time }から（{ $age }）
since-small = { $time }から
why = 原因を調べる
no-data = データなし
formula = 稼働率 = 1 − (停止 + ½ × 部分停止) ÷ (全時間 − メンテナンス − 不明)。パフォーマンス低下は稼働として数えます。
group-components = コンポーネント
group-further = その他のコンポーネント
fold-close = 閉じる
fold-open = 開く
gist = { $all }個中{ $well }個が正常稼働中
column-days = 90日間
column-uptime = 稼働率
column-latency = 24時間の中央値
bars = { $name }、過去90日間
bar = { $day }：{ $words }
bar-outage = { $share }、停止{ $time }
bar-partial = { $share }、部分停止{ $time }
bar-degraded = { $share }、パフォーマンス低下{ $time }
bar-maintenance = メンテナンス
legend = バーの意味
legend-short = 停止、10分未満
legend-longer = 2時間未満
legend-longest = それ以上
legend-no-data = データなし
latency-none = 時間の記録なし
latency-hint = 過去24時間の応答時間の中央値
blind = { $time }から監視ができていません（{ $reason }）。その間に測定できないものは「不明」と表示し、稼働にも停止にも数えません。
storage = 現在、測定値を保存できません。表示している状態は最新ですが、あとで履歴が一部欠ける可能性があります。
only-self = <strong>Gatewatchは今のところ自分自身だけを監視しています。</strong><file>gatewatch.toml</file>にサイトを追加して再読み込みするか、<option>--watch https://shop.example.com/</option>を付けて起動してください：
active = 発生中のインシデント
maintenance-heading = メンテナンス
maintenance-on = 実施中：{ $from }から{ $until }まで、{ $names }
maintenance-planned = 予定：{ $from }から{ $until }まで、{ $names }
names-join = { $first }、{ $second }
calendar = 予定されている作業のカレンダー
past = 過去のインシデント
past-none = 過去14日間にインシデントはありません。
by-month = 月別のインシデント一覧

## コンポーネントと期間

component-title = { $name }：{ $state }
component-description = { $name }：{ $state }。90日間の履歴。
uptime-quarter = 稼働率、90日間
last-measured = 最終測定
never-measured = まだ測定していません
measured-every = 測定間隔
as-of-label = 現在
last-quarter = 過去90日間
today = 今日
interruptions-by-day = 日ごとの中断
interruptions-none = 過去90日間にはありません。
times-utc = 時刻はUTCです。
clock-since = { $time }から
clock-span = { $from }～{ $until }
still-lasting = 継続中
latency-day = 応答時間、過去24時間
latency-day-none = 過去24時間の応答時間はありません。
latency-described = 24時間の応答時間：最短{ $low }、中央値{ $median }、最長{ $highest }
lowest = 最短
median = 中央値
highest = 最長
adds-up = 稼働率の内訳
sum = 各状態の時間
sum-state = 状態
sum-time = 時間
sum-counts = 稼働率での扱い
sum-up = 稼働
sum-half = 半分を停止
sum-down = 停止
sum-out = 対象外
none = なし
incidents = インシデント
ranges = 期間
range-now = 現在
range-day = 24時間
range-week = 7日間
range-quarter = 90日間
range-year = 1年間
range-title = { $name }：{ $range }
range-heading = { $name }、{ $range }
range-description = { $name }：{ $range }の稼働率と応答時間。
range-uptime = 稼働率、{ $range }
range-from = 開始
range-until = 終了
range-latency = 応答時間
range-over = { $range }の応答時間
range-empty = 過去{ $range }の測定はありません。
interruptions = 中断
range-none = 過去{ $range }にはありません。
range-unlisted = ほかに、それ以前の{ $count }件は表示していません。
chart-described = 測定の半数は{ $half }以内、95%は{ $most }以内でした。最も遅い区間では95%が{ $highest }以内でした。
chart-failed = { $count }回の測定のうち{ $failed }回が失敗しました。
chart-key = 線の意味
chart-median = 中央値
chart-most = 95%がこれ以内
chart-some-failed = 失敗あり
most = 95%
probes = 測定回数
failed = 失敗
as-table = 同じ内容を表で見る
table-latency = 応答時間
table-caption = 応答時間（新しい順、時刻はUTC）

## インシデント、月、報告

affected = 影響を受けるもの
edited = { $time }に編集
lasted = { $age }継続
lasting = { $age }経過
incident-span = { $from }～{ $until }
incident-description = { $phase }：{ $title }
month-title = { $month }のインシデント
month-description = { $title }：{ $month }のインシデント。
month-none = { $month }のインシデントはありません。
month-count = インシデント{ $count }件
month-list = 一覧
month-report = { $month }の報告：全コンポーネントの稼働率と停止
months = 月
report-title = { $month }の報告
report-description = { $title }：{ $month }の稼働率、停止、応答時間。
report-heading = { $title }：{ $month }の報告
report-extent = { $from }から{ $until }まで。
report-so-far = この月はまだ終わっていません。
report-caption = 時間は時:分:秒です
report-component = コンポーネント
report-uptime = 稼働率
report-outages = 停止回数
report-longest = 最長

## ウィジェット

widget-uptime = 90日間で{ $share }
widget-silent = それ以降、更新がありません。状況ページが応答していません。

## 通知の登録

subscribe-description = { $title }のインシデントとメンテナンスをお知らせします。
subscribe = 通知の登録
subscribe-lede = インシデントの発生、変化、終了と、予定されているメンテナンスをお知らせします。
subscribe-off = このページはメールを送信しません。管理者が<file>gatewatch.toml</file>の<section>[subscriptions]</section>にメールサーバーを指定するまで、通知の登録は無効です。
subscribe-refused-off = ここでは通知の登録は無効です。フィードで同じ内容をご覧いただけます。
subscribe-too-often = 回数が多すぎます。数分待ってから、もう一度お試しください。
subscribe-full = 現在、新しい登録を受け付けていません。下のフィードで同じ内容をご覧いただけます。
target-none = メールアドレスを入力してください。
target-neither = メールアドレスかWebhookのアドレスを入力してください。
target-both = メールアドレスとWebhookのアドレスのどちらか一方を入力してください。
target-email = これは送信できるメールアドレスではありません。
target-webhook = このWebhookは使用できません。https://hooks.example.com/x のような公開アドレス全体を入力してください。
target-component = コンポーネントの一つがこのページにありません。
only-of = 次のものだけ
only-of-hint = 何も選ばなければ、すべてについてお知らせします。
email = メール
email-hint = 最初にリンクを記したメールが届きます。確認されるまで、ほかには何も送りません。
webhook = Webhook
webhook-hint = メールアドレスの代わりに、プログラム向けです。最初のメッセージを受け取り、その「challenge」を返すか、確認ページへご案内します。
subscribe-promise = アドレスはこの通知のためだけに使います。どの通知からもワンクリックで解除できます。
feeds = フィード
feeds-list = アドレスを残さずに：<atom>Atom</atom>、<rss>RSS</rss>、<json>JSON Feed</json>。メンテナンスは<calendar>カレンダー</calendar>でもご覧いただけます。各コンポーネントのページにも専用のフィードがあります。
asked = あと一歩です
asked-lede = このアドレスに送信できる場合、リンクを記したメッセージをお送りしました。2日以内にリンクを開き、そこにあるボタンを押してください。
asked-hint = 数分たっても届きませんか？迷惑メールのフォルダーをご確認ください。一つのアドレスへの送信は1日3回までです。
asked-webhook = Webhookには専用のメッセージを送ります。その中の「challenge」を返して応答できます。
covers-all = このページのすべて
covers-gone = このページにはもうないコンポーネント
confirm-heading = 登録を確認してください
mine-heading = 登録内容
mine-email = 送信先メール：<strong>{ $target }</strong>、対象：{ $covers }
mine-webhook = 送信先Webhook：<strong>{ $target }</strong>、対象：{ $covers }
save = 保存
end-heading = 終了する
unsubscribe = 登録を解除
confirm = 確認する
refuse-hint = お心当たりがありませんか？何もしなければ、これ以上は届きません。次のボタンを押すと、1か月間はほかの人が再び申し込めなくなります：
refuse = 申し込んでいません
ended = 登録を解除しました
ended-text = アドレスを消去しました。これ以上メッセージは届きません。
refused = ありがとうございます
refused-text = アドレスを消去しました。1か月間は、だれもこのアドレスへの通知をここで申し込めません。
again = もう一度登録する

## 502が表示された方へ

help-title = 502 Bad Gateway：その意味と対処
help-description = 502 Bad Gatewayの意味、原因がご利用者側か当方か、そして役に立つ対処について。
help-heading = 「502 Bad Gateway」が表示されましたか
help-lede = サイトの手前にあるゲートウェイはリクエストを受け取りましたが、背後のサーバーから使える応答を得られませんでした。お使いの端末と接続は、ほぼ間違いなく正常です。
help-now = 現在の状態
help-fine = ほかの{ $count }個のコンポーネントは正常稼働中です。
help-what = 何が起きたのか
help-what-text = ウェブサイトが1台の機械だけで動いていることはまれです。ブラウザーはゲートウェイと通信します。ゲートウェイは、すべてのリクエストを受け取り、実際に処理する機械へ渡すサーバーです。ゲートウェイは応答したので、お客様から当方までの経路は機能しています。背後から渡されるはずのものが、なかった、壊れていた、または間に合わなかったのです。それを表す番号が502です。
help-do = できること
help-do-wait = <strong>30秒ほど待ってから、一度だけ再読み込みしてください。</strong>サーバーの再起動中など、多くの502は数秒で終わります。
help-do-look = <strong>上の状態をご覧ください。</strong>問題が表示されていれば、当方はすでに把握しています。お客様の側でできることはありません。このページは自動で更新されます。
help-do-fresh = <strong>上がすべて正常稼働中の場合は、</strong>Ctrl + F5（Macでは⌘ + Shift + R）で再読み込みし、次にプライベートウィンドウか別のネットワークをお試しください。会社のプロキシ、VPN、途中に残った古いコピーが、当方からは見えない502を表示することがあります。
help-do-tell = <strong>それでも続く場合は、</strong>アドレス、時刻とタイムゾーン、エラーページに参照番号があればその番号を、サイトの窓口へお知らせください。
help-reload = 再読み込みが役に立つときと、害になるとき
help-reload-text = ページを読み直すだけなら害はありません。注文、支払い、メッセージを送ったあとは、まずアカウントやメールで完了しているかどうかをご確認ください。背後の機械が処理を終え、応答だけが失われた可能性があります。何度も再読み込みすると、過負荷のサイトはお客様を含むすべての人にとってさらに遅くなります。
help-relatives = 似た番号
help-500 = サイト自体が失敗し、そう伝えました。
help-503 = サイトが過負荷かメンテナンス中で、それを把握しています。
help-504 = 502に似ていますが、背後の機械に時間がかかりすぎました。
help-causes = サイトを運営している方へ：<causes>502の原因</causes>を、根拠と対処とともにまとめています（英語）。

## エラー

error-400 = このリクエストは読み取れません
error-400-text = アドレスかフォームの内容に誤りがあります。
error-401 = サインインしてください
error-401-text = このページは管理者用です。
error-403 = 許可されていません
error-403-text = リクエストは拒否され、何も変更されていません。
error-404 = このページはありません
error-404-text = アドレスに誤りがあるか、ここにあったものがなくなった可能性があります。
error-405 = ここではその操作はできません
error-405-text = アドレスは存在しますが、この種類のリクエストには対応していません。
error-408 = 時間がかかりすぎました
error-408-text = リクエストが時間内に届きませんでした。
error-410 = これはもうありません
error-410-text = ここにあったものは取り下げられました。
error-413 = 大きすぎます
error-413-text = リクエストがこのページで受け付けられる大きさを超えています。
error-421 = これは別のサイトです
error-421-text = Gatewatchは、応答しない名前で呼び出されました。管理者はgatewatch.tomlの[server] hostsに名前を追加できます。
error-429 = リクエストが多すぎます
error-429-text = しばらく待ってから、もう一度お試しください。
error-503 = 現在利用できません
error-503-text = この部分は今は表示できません。状況ページはご覧いただけます。
error-500 = 問題が発生しました
error-500-text = 当方の不具合であり、記録しました。状況ページはご覧いただけます。
error-other = うまくいきませんでした
error-other-text = リクエストを実行できませんでした。
error-reference = 当方で問題が発生しました（参照番号 { $reference }）。
error-database = 過去の記録を現在読み取れません。状況ページ自体は最新で、その記録を必要としません。
