//! The words by which forms, links and addresses say what they do, a [`Language`] each.
//!
//! Phrases stand between commas. Several words all have to be there, in whatever order. A star at the end takes any ending, one on
//! both sides any place within a word. Accents need not be written: they count nowhere. Chinese, Japanese and Korean are found
//! anywhere, since they set no words apart; a space there means two pieces. A word that also stands on harmless buttons (send,
//! save, close) belongs here only together with another.

/// What one language says.
pub(super) struct Language {
    /// A button beside one password that only logs in.
    pub(super) logs_in: &'static str,
    /// It ends the session of whoever audits. Neither links nor forms that say so are touched; the same holds for what follows.
    pub(super) logs_out: &'static str,
    /// It deletes something.
    pub(super) deletes: &'static str,
    /// It moves money, or promises it. From here on, only forms are left alone.
    pub(super) pays: &'static str,
    /// Somebody gets a letter.
    pub(super) writes: &'static str,
    /// There is one more account.
    pub(super) joins: &'static str,
    /// It ends, empties, locks or moves something: what is gone from its place cannot be put back from there.
    pub(super) stops: &'static str,
}

pub(super) const LANGUAGES: [Language; 14] = [
    ENGLISH, GERMAN, FRENCH, SPANISH, PORTUGUESE, ITALIAN, DUTCH, POLISH, RUSSIAN, TURKISH, CHINESE, JAPANESE, KOREAN,
    ARABIC,
];

const ENGLISH: Language = Language {
    logs_in: "log in, login, sign in, signin",
    logs_out: "*logout*, *logoff*, *signout*, *signoff*, log out, log off, sign out, sign off",
    deletes: "*delete*, *destroy*, *remove*, *unsubscribe*, *deactivate*",
    pays: "pay, payment, payments, checkout, buy, purchase, order, orders, donate, donation, transfer, transfers, withdraw, \
           withdrawal, deposit, refund, bid, book, booking, reserve",
    writes: "contact, invite, invites, invitation, invitations, forgot, forgotten, recover, recovery, resend, newsletter, \
             subscribe, reset password, send message, send messages, send mail, send email, send emails, send link, send code, \
             sendmail, magic link",
    joins: "signup, sign up, register, registration, create account, join",
    stops: "close account, cancel, cancellation, revoke, clear, empty, terminate, erase, wipe, purge, drop, disable, stop, kill, \
            abort, reset, flush, ban, block, suspend, shutdown, restart, reboot, retry, requeue, add to queue, uninstall, everywhere, \
            move",
};

const GERMAN: Language = Language {
    logs_in: "anmelden, anmeldung, einloggen",
    logs_out: "abmelden, abmeldung, ausloggen",
    deletes: "*lösch*, *loesch*, entfernen, austragen, abbestellen, deaktivieren, vernichten",
    pays: "kaufen, bezahlen, zahlen, zahlung, *pflichtig, bestellen, bestellung, bestellungen, kasse, spenden, spende, \
           überweis*, ueberweis*, auszahl*, einzahl*, buchen, buchung, reservier*, erstatten, bieten, gebot",
    writes: "kontakt, einladen, einladung*, passwort vergessen, kennwort vergessen, passwort zurück*, passwort anfordern, \
             weiterempfehlen, abonnieren, nachricht senden, nachricht abs*, nachricht ver*, mail senden, link senden, code senden",
    joins: "registrieren, registrierung, konto erstellen, konto anlegen, konto eröffnen, beitreten",
    stops: "kündig*, kuendig*, stornier*, storno, abbrechen, widerruf*, leeren, beenden, konto schließen, zurücksetzen, \
            zuruecksetzen, sperren, neustart*, neu starten, herunterfahren, stoppen, anhalten, deinstallieren, verschieben",
};

const FRENCH: Language = Language {
    logs_in: "connexion, connecter",
    logs_out: "déconnexion, déconnect*",
    deletes: "supprim*, suppression, effac*, retirer, désabonn*, désinscri*, désactiv*",
    pays: "payer, paiement, paiements, acheter, achat, achats, commander, commande, commandes, faire un don, donner un don, \
           virement, rembours*, réserv*, enchérir, enchère, caisse",
    writes: "contact, contacter, inviter, invitation, invitations, passe oublié, passe réinit*, infolettre, abonner, envoyer message, \
             envoyer mail, envoyer courriel, envoyer lien, envoyer code, renvoyer",
    joins: "inscription, inscrire, créer compte, rejoindre",
    stops: "annul*, résili*, révoqu*, vider, réinitialis*, fermer compte, clôtur*, bloquer, bannir, suspendre, arrêter, \
            redémarr*, désinstaller, interrompre, éteindre, déplacer, renommer page",
};

const SPANISH: Language = Language {
    logs_in: "iniciar sesión, inicia sesión, ingresar, acceder, entrar",
    logs_out: "cerrar sesión, cierra sesión, salir",
    deletes: "elimin*, borrar, borra, borrado, suprimir, quitar, desactiv*, dar baja, darse baja",
    pays: "pagar, pago, pagos, comprar, compra, compras, pedido, pedidos, donar, donación, transferir, transferencia, \
           retirar fondos, retirar dinero, depositar, reembols*, reservar, reserva, reservas, pujar",
    writes: "contacto, contactar, invitar, invita, invitación, invitaciones, olvid* contraseña, restablecer contraseña, \
             recuperar contraseña, boletín, suscrib*, enviar mensaje, enviar correo, enviar enlace, enviar código, reenviar",
    joins: "registrarse, regístrate, registro, crear cuenta, darse alta, inscribirse, unirse",
    stops: "cancelar, cancela, anular, revocar, vaciar, limpiar, restablecer, reiniciar, cerrar cuenta, bloquear, suspender, \
            detener, apagar, desinstalar, terminar, mover, trasladar",
};

const PORTUGUESE: Language = Language {
    logs_in: "entrar, iniciar sessão, fazer login, acessar, aceder",
    logs_out: "sair, terminar sessão, encerrar sessão",
    deletes: "excluir, exclui, exclusão, apagar, remover, desativar, descadastrar",
    pays: "pagamento, pagamentos, encomendar, encomenda, encomendas, doar, doação, transferência, sacar, saque, pix",
    writes: "contato, convidar, convite, convites, esquec* senha, recuperar senha, redefinir senha, recuperar palavra, \
             subscrever, enviar mensagem, enviar e mail, enviar email, enviar link",
    joins: "criar conta, cadastre, registar, registe, inscrever",
    stops: "revogar, esvaziar, limpar, redefinir, encerrar conta, fechar conta, banir, parar, desligar, mover",
};

const ITALIAN: Language = Language {
    logs_in: "accedi, accesso, entra",
    logs_out: "esci, uscire, disconnetti, disconnettersi",
    deletes: "cancella, cancellare, cancellazione, rimuov*, disattiv*, disiscri*",
    pays: "paga, pagare, acquist*, ordina, ordinare, ordine, ordini, dona, donare, donazione, bonifico, trasferi*, preleva, \
           prelievo, versamento, rimbors*, prenot*, cassa",
    writes: "contatt*, invita, invitare, invito, inviti, dimentic* password, recupera password, reimposta password, \
             invia messaggio, invia mail, invia email, invia link, invia codice",
    joins: "registrati, registrazione, registrarsi, crea account, creare account, iscriviti, iscrizione",
    stops: "annulla, annullare, revoca, revocare, svuota, svuotare, azzera, reimposta, chiudi account, chiudere account, blocca, \
            sospendi, ferma, arresta, riavvia, spegni, disinstalla, disdici, disdetta, interrompi, termina, sposta, spostare",
};

const DUTCH: Language = Language {
    logs_in: "inloggen, aanmelden",
    logs_out: "uitloggen, afmelden",
    deletes: "verwijder*, wissen, uitschrijven, deactiver*",
    pays: "betaal, betalen, betaling, betalingen, koop, kopen, bestel, bestellen, bestelling, bestellingen, afrekenen, doneer, \
           doneren, donatie, overboek*, storten, boeken, boeking, reserveer, reserveren, reservering, terugbetal*",
    writes: "uitnodig*, wachtwoord vergeten, wachtwoord herstel*, wachtwoord opnieuw, nieuwsbrief, abonneer, abonneren, \
             bericht versturen, bericht verzenden, bericht sturen, mail versturen, mail sturen, link sturen, code sturen",
    joins: "registreren, registreer, registratie, account aanmaken, account maken, inschrijven, lid worden",
    stops: "annuleer, annuleren, opzeggen, intrekken, leegmaken, legen, beëindig*, stoppen, blokke*, opschorten, afsluiten, \
            herstart*, resetten, verplaats, verplaatsen, hernoem pagina",
};

const POLISH: Language = Language {
    logs_in: "zaloguj, logowanie",
    logs_out: "wyloguj, wylogowanie",
    deletes: "usuń, usuwanie, usunąć, skasuj, kasuj, wypisz, dezaktyw*",
    pays: "zapłać, płać, płatność, płatności, kup, kupuję, kupić, zakup, zakupy, zamów, zamówienie, zamówienia, zamawiam, przelew, \
           przelewy, wypłać, wypłata, wpłać, wpłata, darowizna, rezerw*, zarezerwuj, zwrot, licytuj",
    writes: "zaproś, zaproszenie, zaproszenia, zapomni* hasł*, przypomnij hasło, odzyskaj hasło, zresetuj hasło, subskryb*, \
             wyślij wiadomość, wyślij mail, wyślij email, wyślij link, wyślij kod",
    joins: "zarejestruj, rejestracja, załóż konto, utwórz konto, dołącz",
    stops: "anuluj, anulowanie, odwołaj, unieważnij, opróżnij, wyczyść, zresetuj, resetuj, zamknij konto, zablokuj, zawieś, \
            zatrzymaj, uruchom ponownie, odinstaluj, zakończ, przenieś, przeniesienie",
};

const RUSSIAN: Language = Language {
    logs_in: "войти, вход, авториз*",
    logs_out: "выйти, выход, разлогин*",
    deletes: "удал*, стереть, убрать, отписа*, деактив*",
    pays: "опла*, платеж*, заплатить, купить, покуп*, заказ*, пожертв*, перевод денег, перевести деньги, перевод средств, вывод средств, \
           вывести средства, пополн*, возврат, бронир*, заброн*, ставк*",
    writes: "пригла*, связаться, обратн* связь, забы* парол*, восстанов* парол*, рассылк*, подписаться, отправ* сообщени*, \
             отправ* письм*, отправ* ссылк*, отправ* код",
    joins: "регистр*, зарегистр*, создать аккаунт, создать учетн*, вступить",
    stops: "отмен*, отозвать, очист*, сброс*, закрыть аккаунт, закрыть счет, заблок*, блокир*, приостанов*, останов*, перезагр*, \
            перезапус*, выключ*, прервать, заверш*, перемест*, переимен*",
};

const TURKISH: Language = Language {
    logs_in: "giriş, oturum aç",
    logs_out: "çıkış, oturum* kapat*",
    deletes: "sil, silme, silin*, kaldır*, devre dışı, abonelik* çık*",
    pays: "öde, ödeme, ödemeyi, satın al, sipariş*, bağış*, havale, para gönder, para çek, para yatır, rezervasyon*, iade, teklif ver",
    writes: "iletişim, davet*, şifre* unut*, parola* unut*, şifre* yenile*, bülten*, abone ol, mesaj* gönder*, posta gönder*, \
             bağlantı* gönder*, kod* gönder*",
    joins: "kayıt ol, kaydol, üye ol, hesap oluştur, hesap aç",
    stops: "iptal*, boşalt*, temizle*, sıfırla*, hesab* kapat*, engelle*, yasakla*, askıya, durdur*, yeniden başlat*, sonlandır*, \
            feshet*, taşı",
};

/// Simplified and traditional.
const CHINESE: Language = Language {
    logs_in: "登录, 登入, 登陆",
    logs_out: "退出, 登出, 注销, 註銷",
    deletes: "删除, 刪除, 移除, 销毁, 退订, 退訂, 停用",
    pays: "支付, 付款, 购买, 購買, 下单, 下單, 订单, 訂單, 结算, 结账, 結帳, 結賬, 捐款, 捐赠, 捐贈, 转账, 轉帳, 轉賬, 提现, 提現, 充值, \
           儲值, 退款, 预订, 預訂, 预约, 預約, 出价, 出價",
    writes: "联系我们, 聯絡我們, 邀请, 邀請, 忘记密码, 忘記密碼, 找回密码, 重置密码, 重設密碼, 订阅, 訂閱, 发送 消息, 發送 訊息, 发送 邮件, \
             發送 郵件, 验证码 发送, 验证码 获取, 驗證碼 發送",
    joins: "注册, 註冊, 创建 账, 創建 帳, 建立 帳",
    stops: "取消, 撤销, 撤銷, 清空, 清除, 重置, 重設, 终止, 終止, 停止, 禁用, 封禁, 封鎖, 拉黑, 重启, 重啟, 关机, 關機, 卸载, 解除, 移动, 移動",
};

const JAPANESE: Language = Language {
    logs_in: "ログイン, サインイン",
    logs_out: "ログアウト, サインアウト, ログオフ",
    deletes: "削除, 消去, 退会, 無効化, 購読解除, 配信停止",
    pays: "支払, 決済, 購入, 注文, 買う, 寄付, 振込, 送金, 出金, 入金, 返金, 予約, 入札, レジ に進む, 申込, 申し込",
    writes: "お問い合わせ, お問合せ, 招待, パスワード 忘れ, パスワード 再設定, メルマガ, 購読, メッセージ 送, メール 送, リンク 送, コード 送, 再送",
    joins: "新規登録, 会員登録, ユーザー登録, アカウント 作成, 参加",
    stops: "キャンセル, 取消, 取り消, 解約, 解除, 空にする, クリア, リセット, 初期化, 停止, 終了, 中止, ブロック, 再起動, シャットダウン, 失効, 移動",
};

const KOREAN: Language = Language {
    logs_in: "로그인",
    logs_out: "로그아웃",
    deletes: "삭제, 제거, 지우기, 탈퇴, 비활성, 구독취소, 수신거부",
    pays: "결제, 구매, 구입, 주문, 지불, 기부, 후원, 송금, 이체, 출금, 입금, 환불, 예약, 입찰, 충전",
    writes: "문의, 초대, 비밀번호 찾, 비밀번호 재설정, 뉴스레터, 구독, 메시지 보내, 메시지 전송, 메일 보내, 메일 전송, 인증번호, 재전송, 쪽지",
    joins: "회원가입, 가입, 계정 만들, 계정 생성",
    stops: "취소, 해지, 철회, 비우기, 초기화, 중지, 정지, 종료, 중단, 차단, 재시작, 재부팅, 이동",
};

const ARABIC: Language = Language {
    logs_in: "تسجيل الدخول, دخول",
    logs_out: "تسجيل الخروج, خروج",
    deletes: "حذف, احذف, إزالة, مسح, تعطيل, إلغاء الاشتراك",
    pays: "دفع, ادفع, شراء, اشتر, اشتري, إتمام الطلب, تأكيد الطلب, تبرع, تحويل, سحب, إيداع, استرداد, حجز, احجز",
    writes: "اتصل بنا, تواصل معنا, دعوة, ادع, نسيت كلمة, استعادة كلمة, تعيين كلمة, النشرة, اشترك, اشتراك, إرسال رسالة, إرسال بريد, \
             إرسال رابط, إرسال رمز",
    joins: "إنشاء حساب, تسجيل جديد, انضم, انضمام",
    stops: "إلغاء, إنهاء, إفراغ, إعادة تعيين, إيقاف, حظر, إغلاق الحساب, إعادة تشغيل, نقل",
};
